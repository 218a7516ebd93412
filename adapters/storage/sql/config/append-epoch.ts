import type { StoredEpoch } from 'nexusai-hub/ports';
import type { LedgerDatabase, SqlDialect } from '../dialect.ts';
import { showProviders } from './show-providers.ts';

/** Epochs kept, and some more before the oldest of them go. */
const KEPT_EPOCHS = 200;

/**
 * Keeps an epoch if it is the next one, and brings the tables of providers and models up to date with it: whoever looks
 * into them sees what holds.
 */
export function appendEpoch(db: LedgerDatabase, dialect: SqlDialect, epoch: StoredEpoch): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await dialect.lock(transaction);
    const newest = await transaction
      .selectFrom('config_epochs')
      .select(({ fn }) => fn.max('number').as('number'))
      .executeTakeFirst();
    if ((newest?.number ?? 0) !== epoch.number - 1) return false;
    const { number, atMs, by, note, document, base } = epoch;
    await transaction
      .insertInto('config_epochs')
      .values({
        number,
        at_ms: atMs,
        by_caller: by,
        note,
        document: JSON.stringify(document),
        base: JSON.stringify(base),
      })
      .execute();
    await transaction
      .deleteFrom('config_epochs')
      .where('number', '<=', number - KEPT_EPOCHS)
      .execute();
    await showProviders(transaction, epoch);
    return true;
  });
}
