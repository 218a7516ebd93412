import type { StoredKey } from 'nexusai-hub/ports';
import type { LedgerDatabase, SqlDialect } from '../dialect.ts';
import { noteUses, putKey, removeKey } from './write-keys.ts';

/** What a store of personal keys does. */
export interface KeySteps {
  readonly findKey: (digests: readonly string[]) => Promise<StoredKey | undefined>;
  readonly key: (id: string) => Promise<StoredKey | undefined>;
  readonly keyPage: (limit: number, after?: string) => Promise<readonly StoredKey[]>;
  readonly putKey: (key: StoredKey) => Promise<boolean>;
  readonly removeKey: (id: string) => Promise<boolean>;
  readonly keyVersion: () => Promise<number>;
  readonly usedKeys: (at: ReadonlyMap<string, number>) => Promise<void>;
}

/** The steps of personal keys over a database whose tables are up to date. */
export function keySteps(db: LedgerDatabase, dialect: SqlDialect): KeySteps {
  return {
    async findKey(digests) {
      if (digests.length === 0) return undefined;
      const row = await db
        .selectFrom('personal_key_digests')
        .innerJoin('personal_keys', 'personal_keys.id', 'personal_key_digests.key_id')
        .select(['personal_keys.document', 'personal_keys.last_used_at_ms'])
        .where('digest', 'in', digests)
        .executeTakeFirst();
      return row && keyOf(row);
    },
    async key(id) {
      const row = await db
        .selectFrom('personal_keys')
        .select(['document', 'last_used_at_ms'])
        .where('id', '=', id)
        .executeTakeFirst();
      return row && keyOf(row);
    },
    async keyPage(limit, after = '') {
      const rows = await db
        .selectFrom('personal_keys')
        .select(['document', 'last_used_at_ms'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(keyOf);
    },
    putKey: (key) => putKey(db, dialect, key),
    removeKey: (id) => removeKey(db, dialect, id),
    async keyVersion() {
      const row = await db.selectFrom('personal_key_changes').select('number').executeTakeFirstOrThrow();
      return row.number;
    },
    usedKeys: (at) => noteUses(db, at),
  };
}

/** When it was last used stands beside the rest: that changes by itself. */
function keyOf(row: { readonly document: string; readonly last_used_at_ms: number | null }): StoredKey {
  return { ...(JSON.parse(row.document) as StoredKey), lastUsedAtMs: row.last_used_at_ms };
}
