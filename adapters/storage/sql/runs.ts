import type { LedgerRun } from 'nexusai-hub/ports';
import type { LedgerDatabase } from './dialect.ts';

/** Keeps that a hub runs, and returns all that have not ended. */
export async function runs(db: LedgerDatabase, mine: LedgerRun): Promise<LedgerRun[]> {
  const { id, host, pid, startedAtMs, seenAtMs } = mine;
  return db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('ledger_runs')
      .values({ id, host, pid, started_at_ms: startedAtMs, seen_at_ms: seenAtMs })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at_ms: seenAtMs }))
      .execute();
    const rows = await transaction.selectFrom('ledger_runs').selectAll().orderBy('started_at_ms').execute();
    return rows.map((row) => ({
      id: row.id,
      host: row.host,
      pid: row.pid,
      startedAtMs: row.started_at_ms,
      seenAtMs: row.seen_at_ms,
    }));
  });
}

/** Forgets runs that have ended. */
export async function endRuns(db: LedgerDatabase, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('ledger_runs').where('id', 'in', ids).execute();
}
