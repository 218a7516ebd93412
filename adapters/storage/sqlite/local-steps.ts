import { LedgerError } from '../sql/ledger-error.ts';
import type { LedgerSteps } from '../sql/ledger-steps.ts';
import { stepsOver } from '../sql/ledger-steps.ts';
import type { SqliteDriver } from './driver.ts';
import { type DatabaseOptions, type OpenDatabase, openDatabase } from './open-database.ts';
import { SQLITE } from './sqlite-dialect.ts';

/** Steps of a ledger that can be opened and closed. */
export interface OwnSteps extends LedgerSteps {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The steps over a file, in this thread: it opens when it is first used, and again where that failed. */
export function localSteps(options: DatabaseOptions, driver?: SqliteDriver): OwnSteps {
  let opening: Promise<OpenDatabase> | undefined;
  let isClosed = false;
  const opened = async (): Promise<OpenDatabase> => {
    if (isClosed) throw new LedgerError('closed', 'The ledger was closed.');
    const attempt = (opening ??= openDatabase(options, driver));
    try {
      return await attempt;
    } catch (cause) {
      if (opening === attempt) opening = undefined;
      throw cause;
    }
  };
  const steps = async (): Promise<LedgerSteps> => stepsOver((await opened()).db, SQLITE);
  return {
    async open() {
      await opened();
    },
    append: async (entries) => (await steps()).append(entries),
    summary: async (filter) => (await steps()).summary(filter),
    usage: async (query) => (await steps()).usage(query),
    conversations: async (query) => (await steps()).conversations(query),
    conversation: async (id, callerId) => (await steps()).conversation(id, callerId),
    attemptPage: async (filter, cursor) => (await steps()).attemptPage(filter, cursor),
    messagePage: async (filter, cursor) => (await steps()).messagePage(filter, cursor),
    spentSince: async (sinceMs) => (await steps()).spentSince(sinceMs),
    runs: async (mine) => (await steps()).runs(mine),
    endRuns: async (ids) => (await steps()).endRuns(ids),
    expiredPage: async (beforeMs, cursor) => (await steps()).expiredPage(beforeMs, cursor),
    remove: async (entries) => (await steps()).remove(entries),
    restore: async (entries) => (await steps()).restore(entries),
    claim: async (claim) => (await steps()).claim(claim),
    async close() {
      isClosed = true;
      const open = await opening?.catch(() => undefined);
      await open?.close();
    },
  };
}
