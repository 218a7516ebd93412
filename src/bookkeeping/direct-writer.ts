import type { Ledger, LedgerEntry } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import { wordOf } from './word-of.ts';
import type { Writing } from './writing.ts';

/** Hands each entry at once to a ledger in the memory of this process, which is never away: nothing waits. */
export function directWriter(ledger: Pick<Ledger, 'append'>, logger: Logger): Writing {
  let written = 0;
  let refused = 0;
  let lastError: string | undefined;
  const failed = (cause: unknown): void => {
    written--;
    refused++;
    lastError = wordOf(cause);
    logger.error({ cause }, 'a record could not be kept');
  };
  return {
    holdsAnswers: false,
    isAway: false,
    checkOpen: () => undefined,
    add(entry: LedgerEntry) {
      written++;
      ledger.append([entry]).catch(failed);
      return undefined;
    },
    flushed: () => Promise.resolve(true),
    between: (run) => run(),
    waiting: () => [],
    report: () => ({
      state: 'well',
      refusesRequests: false,
      awaySinceMs: undefined,
      queued: 0,
      queuedBytes: 0,
      oldestWaitingMs: 0,
      written,
      dropped: 0,
      refused,
      unacknowledged: 0,
      failed: refused,
      lastError,
    }),
    close: () => Promise.resolve(),
  };
}
