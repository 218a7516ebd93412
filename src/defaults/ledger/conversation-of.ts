import type { ConversationHistory, ConversationSummary, HistoryPart, MessageLine } from '../../ports/index.ts';
import { UsageSums } from '../../storage-kit/usage-sums.ts';
import type { KeptConversation, KeptEntry } from './kept-entries.ts';

/** Of one conversation at once, and what they may weigh, unless somebody asks for another part. */
const MOST_MESSAGES = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;

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

/** Conversations with what was said in them: a part of each, whose weight they share. */
export function historiesOf(
  conversations: readonly KeptConversation[],
  { skip = 0, limit = MOST_MESSAGES, maxBytes = MOST_BYTES }: HistoryPart = {},
): ConversationHistory[] {
  let room = maxBytes;
  return conversations.map((conversation) => {
    const rest = conversation.entries.flatMap(messageLinesOf).slice(skip);
    const messageLines: MessageLine[] = [];
    const before = room;
    for (const message of rest.slice(0, limit)) {
      const bytes = Buffer.byteLength(message.json);
      if (bytes > room && (messageLines.length > 0 || before <= 0)) break;
      room -= bytes;
      messageLines.push(message);
    }
    return {
      ...summaryOf(conversation),
      ...(rest.length > messageLines.length ? { hasMore: true } : {}),
      messageLines,
      attemptLines: conversation.entries.flatMap(({ lines }) => lines).slice(0, limit),
    };
  });
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
