import type { KeptEntries } from '../defaults/ledger/kept-entries.ts';
import type { LedgerEntry } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import { wordOf } from './word-of.ts';
import type { Writing } from './writing.ts';

/** Puts each entry at once into the memory of this process, which is never away: nothing waits. */
export function directWriter(kept: Pick<KeptEntries, 'add'>, logger: Logger): Writing {
  let written = 0;
  let refused = 0;
  let lastError: string | undefined;
  return {
    holdsAnswers: false,
    isAway: false,
    checkOpen: () => undefined,
    add(entry: LedgerEntry) {
      try {
        kept.add([entry]);
        written++;
      } catch (cause) {
        refused++;
        lastError = wordOf(cause);
        logger.error({ cause }, 'a record could not be kept');
      }
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
