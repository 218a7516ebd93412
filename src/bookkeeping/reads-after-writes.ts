import type { Ledger } from '../ports/ledger.ts';
import type { Writing } from './writing.ts';

/** What is read of a ledger. */
export type LedgerReads = Pick<
  Ledger,
  'summary' | 'usage' | 'conversations' | 'conversation' | 'attempts' | 'messages' | 'spentSince'
>;

/** Longer than that nobody waits for what is being written to be in what is read. */
const WITHIN_MS = 1_000;

/**
 * A ledger whose readers find what this process has recorded before they asked. While it is away, or slow, they find what
 * it has.
 */
export function readsAfterWrites(ledger: LedgerReads, writer: Pick<Writing, 'flushed'>): LedgerReads {
  const written = (): Promise<boolean> => writer.flushed(WITHIN_MS);
  return {
    summary: async (filter) => {
      await written();
      return ledger.summary(filter);
    },
    usage: async (query) => {
      await written();
      return ledger.usage(query);
    },
    conversations: async (query) => {
      await written();
      return ledger.conversations(query);
    },
    conversation: async (id, callerId, part) => {
      await written();
      return ledger.conversation(id, callerId, part);
    },
    async *attempts(filter) {
      await written();
      yield* ledger.attempts(filter);
    },
    async *messages(filter) {
      await written();
      yield* ledger.messages(filter);
    },
    spentSince: async (sinceMs) => {
      await written();
      return ledger.spentSince(sinceMs);
    },
  };
}
