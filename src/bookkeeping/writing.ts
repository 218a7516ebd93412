import type { LedgerEntry } from '../ports/ledger.ts';
import type { LedgerReport } from './ledger-report.ts';

/** What takes entries to a ledger. */
export interface Writing {
  /** Whether ends of answers wait for anything at the moment. */
  readonly holdsAnswers: boolean;
  /** Whether it is known that nothing is written now. */
  readonly isAway: boolean;
  /**
   * Says no where an answer could not end well: it would be paid for in vain.
   * @throws NexusError `ledger_unavailable`
   */
  checkOpen(): void;
  /**
   * Takes an entry to be written. What comes back is to be waited for before the end of its answer goes out; `undefined`:
   * nothing. It rejects with `ledger_unavailable` where the answer is not to end well.
   */
  add(entry: LedgerEntry): Promise<void> | undefined;
  /**
   * Resolves when all that was added so far is written, or the ledger is away, or the time is over: `false` unless it is
   * written.
   */
  flushed(withinMs: number): Promise<boolean>;
  /** Runs when nothing is being written, and lets nothing be written until it is over. */
  between<T>(run: () => Promise<T>): Promise<T>;
  /** Entries that are not written yet, in their order. */
  waiting(): Iterable<LedgerEntry>;
  report(): Omit<LedgerReport, 'place' | 'budgetDriftNanoUsd'>;
  /** Writes what is left, for no longer than this; what is not written then is lost. Later entries are lost, too. */
  close(withinMs: number): Promise<void>;
}
