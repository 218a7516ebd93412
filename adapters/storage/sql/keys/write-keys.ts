import type { StoredKey } from 'nexusai-hub/ports';
import type { LedgerDatabase, LedgerTransaction, SqlDialect } from '../dialect.ts';

/** Keeps a key in place of the version before it, with its digests; false where that is not there. */
export function putKey(db: LedgerDatabase, dialect: SqlDialect, key: StoredKey): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await dialect.lock(transaction);
    const { id, version, secrets, lastUsedAtMs } = key;
    const before = await transaction
      .selectFrom('personal_keys')
      .select(['version', 'last_used_at_ms'])
      .where('id', '=', id)
      .executeTakeFirst();
    if ((before?.version ?? 0) !== version - 1) return false;
    await transaction.deleteFrom('personal_key_digests').where('key_id', '=', id).execute();
    const digests = secrets.map(({ digest }) => ({ digest, key_id: id }));
    // One that another key has is refused here, and the transaction with it.
    if (digests.length > 0) await transaction.insertInto('personal_key_digests').values(digests).execute();
    const used = Math.max(before?.last_used_at_ms ?? -Infinity, lastUsedAtMs ?? -Infinity);
    const row = {
      version,
      document: JSON.stringify(key),
      last_used_at_ms: Number.isFinite(used) ? used : null,
    };
    if (before) await transaction.updateTable('personal_keys').set(row).where('id', '=', id).execute();
    else
      await transaction
        .insertInto('personal_keys')
        .values({ id, ...row })
        .execute();
    await countChange(transaction);
    return true;
  });
}

/** Removes a key with its digests; false where there is none. */
export function removeKey(db: LedgerDatabase, dialect: SqlDialect, id: string): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await dialect.lock(transaction);
    const gone = await transaction.deleteFrom('personal_keys').where('id', '=', id).returning('id').execute();
    if (gone.length === 0) return false;
    await transaction.deleteFrom('personal_key_digests').where('key_id', '=', id).execute();
    await countChange(transaction);
    return true;
  });
}

/** Notes when keys were used, unless something later is known. */
export function noteUses(db: LedgerDatabase, at: ReadonlyMap<string, number>): Promise<void> {
  return db.transaction().execute(async (transaction) => {
    // In one order: two processes that do this at once wait for each other, and neither for ever.
    for (const [id, atMs] of [...at].sort(([one], [other]) => (one < other ? -1 : 1)))
      await transaction
        .updateTable('personal_keys')
        .set({ last_used_at_ms: atMs })
        .where('id', '=', id)
        .where((key) => key.or([key('last_used_at_ms', 'is', null), key('last_used_at_ms', '<', atMs)]))
        .execute();
  });
}

async function countChange(transaction: LedgerTransaction): Promise<void> {
  await transaction
    .updateTable('personal_key_changes')
    .set(({ eb }) => ({ number: eb('number', '+', 1) }))
    .execute();
}
