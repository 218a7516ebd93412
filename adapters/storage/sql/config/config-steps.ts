import type { EpochSummary, StoredEpoch } from 'nexusai-hub/ports';
import type { LedgerDatabase, SqlDialect } from '../dialect.ts';
import { appendEpoch } from './append-epoch.ts';

/** What a store of configurations does. */
export interface ConfigSteps {
  readonly newestEpoch: () => Promise<number>;
  readonly epoch: (number: number) => Promise<StoredEpoch | undefined>;
  readonly epochHistory: (query: EpochQuery) => Promise<readonly EpochSummary[]>;
  readonly appendEpoch: (epoch: StoredEpoch) => Promise<boolean>;
}

interface EpochQuery {
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The steps of configurations over a database whose tables are up to date. */
export function configSteps(db: LedgerDatabase, dialect: SqlDialect): ConfigSteps {
  return {
    async newestEpoch() {
      const row = await db
        .selectFrom('config_epochs')
        .select(({ fn }) => fn.max('number').as('number'))
        .executeTakeFirst();
      return row?.number ?? 0;
    },
    async epoch(number) {
      const row = await db.selectFrom('config_epochs').selectAll().where('number', '=', number).executeTakeFirst();
      if (!row) return undefined;
      const { at_ms: atMs, by_caller: by, note, document, base } = row;
      return {
        number,
        atMs,
        by,
        note,
        document: JSON.parse(document) as StoredEpoch['document'],
        base: JSON.parse(base) as StoredEpoch['base'],
      };
    },
    async epochHistory({ before, limit }) {
      const rows = await db
        .selectFrom('config_epochs')
        .select(['number', 'at_ms', 'by_caller', 'note'])
        .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        number: row.number,
        atMs: row.at_ms,
        by: row.by_caller,
        note: row.note,
      }));
    },
    appendEpoch: (epoch) => appendEpoch(db, dialect, epoch),
  };
}
