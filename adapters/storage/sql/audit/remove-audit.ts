import type { AuditLink } from 'nexusai-hub/ports';
import type { LedgerDatabase, SqlDialect } from '../dialect.ts';
import { lockedHead } from './head-of.ts';

/** Takes out everything up to a place, which becomes the checkpoint. False where no entry is there with this hash. */
export async function removeAudit(
  db: LedgerDatabase,
  dialect: SqlDialect,
  { sequence, hash }: AuditLink,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await lockedHead(transaction, dialect);
    const entry = await transaction
      .selectFrom('audit_entries')
      .select('hash')
      .where('sequence', '=', sequence)
      .executeTakeFirst();
    if (entry?.hash !== hash) return false;
    // First: what lies before it may be deleted, and nothing else.
    await transaction
      .updateTable('audit_chain')
      .set({ checkpoint_sequence: sequence, checkpoint_hash: hash })
      .where('id', '=', 1)
      .execute();
    await transaction.deleteFrom('audit_entries').where('sequence', '<=', sequence).execute();
    return true;
  });
}
