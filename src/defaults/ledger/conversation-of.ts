import type { ConversationHistory, ConversationSummary, MessageLine } from '../../ports/index.ts';
import { UsageSums } from '../../storage-kit/usage-sums.ts';
import type { KeptConversation, KeptEntry } from './kept-entries.ts';

/** What a conversation is known and sorted by. */
export function placeOf({ entries }: KeptConversation): Pick<ConversationSummary, 'id' | 'callerId' | 'lastAtMs'> {
  const last = entries.at(-1);
  return { id: last?.conversationId ?? '', callerId: last?.callerId ?? null, lastAtMs: last?.atMs ?? 0 };
}

/** What is known of a conversation without its messages. */
export function summaryOf(conversation: KeptConversation): ConversationSummary {
  const { entries, preview } = conversation;
  const sums = new UsageSums();
  for (const { lines } of entries) for (const line of lines) sums.add(line);
  const { tokens, costNanoUsd } = sums.totals();
  return {
    ...placeOf(conversation),
    startedAtMs: entries[0]?.atMs ?? 0,
    requests: entries.length,
    messages: entries.reduce((sum, { messages }) => sum + messages.length, 0),
    tokens,
    costNanoUsd,
    models: namesIn(entries.map(({ model }) => model)),
    providers: namesIn(entries.flatMap(({ lines }) => lines.map(({ providerId }) => providerId))),
    preview,
  };
}

/** A conversation with all that was said in it. */
export function historyOf(conversation: KeptConversation): ConversationHistory {
  const { entries } = conversation;
  return {
    ...summaryOf(conversation),
    messageLines: entries.flatMap(messageLinesOf),
    attemptLines: entries.flatMap(({ lines }) => lines),
  };
}

/** What was said in one request of a conversation. */
export function messageLinesOf(entry: KeptEntry): MessageLine[] {
  const { conversationId, callerId, requestId, atMs, model, providerId } = entry;
  if (conversationId === null) return [];
  return entry.messages.map((message) => ({
    ...message,
    conversationId,
    callerId,
    requestId,
    atMs,
    model,
    providerId: message.from === 'model' ? providerId : null,
  }));
}

function namesIn(names: readonly (string | null)[]): string[] {
  return [...new Set(names.filter((name) => name !== null))].sort();
}
