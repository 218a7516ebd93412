import type { KeptMessage, LedgerEntry } from 'nexusai-hub/ports';

/** An entry about nothing in particular. */
export function entryOf(id: string, messages: readonly KeptMessage[] = []): LedgerEntry {
  return {
    id,
    messages,
    record: {
      requestId: `request-${id}`,
      operation: 'chat',
      model: 'm',
      streamed: false,
      callerId: 'app',
      conversationId: 'c',
      newConversation: false,
      startedAtMs: 1,
      durationMs: 1,
      outcome: 'ok',
      attempts: [],
      usage: undefined,
      usageProvenance: 'absent',
      costNanoUsd: null,
      priceVersion: undefined,
    },
  };
}

/** Entries with these ids. */
export function entriesOf(...ids: readonly (string | number)[]): LedgerEntry[] {
  return ids.map((id) => entryOf(String(id)));
}
