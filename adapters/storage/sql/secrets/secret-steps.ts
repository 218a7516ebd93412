import type { SealedSecret } from 'nexusai-hub/ports';
import type { LedgerDatabase } from '../dialect.ts';

/** What a store of secrets does. */
export interface SecretSteps {
  readonly putSecret: (id: string, sealed: string) => Promise<boolean>;
  readonly secret: (id: string) => Promise<string | undefined>;
  readonly secretPage: (limit: number, after?: string) => Promise<readonly SealedSecret[]>;
  readonly replaceSecret: (id: string, before: string, after: string) => Promise<boolean>;
  readonly removeSecret: (id: string) => Promise<boolean>;
}

/** The steps of secrets over a database whose tables are up to date. Each is one statement. */
export function secretSteps(db: LedgerDatabase): SecretSteps {
  return {
    async putSecret(id, sealed) {
      const put = db
        .insertInto('secrets')
        .values({ id, sealed })
        .onConflict((conflict) => conflict.column('id').doNothing());
      return (await put.returning('id').execute()).length > 0;
    },
    async secret(id) {
      const row = await db.selectFrom('secrets').select('sealed').where('id', '=', id).executeTakeFirst();
      return row?.sealed;
    },
    secretPage: (limit, after = '') =>
      db.selectFrom('secrets').select(['id', 'sealed']).where('id', '>', after).orderBy('id').limit(limit).execute(),
    async replaceSecret(id, before, after) {
      const replaced = db
        .updateTable('secrets')
        .set({ sealed: after })
        .where('id', '=', id)
        .where('sealed', '=', before);
      return (await replaced.returning('id').execute()).length > 0;
    },
    async removeSecret(id) {
      const removed = db.deleteFrom('secrets').where('id', '=', id);
      return (await removed.returning('id').execute()).length > 0;
    },
  };
}
