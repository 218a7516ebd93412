import { attemptRow } from '../export/attempt-row.ts';
import type { ConversationHistory, ConversationSummary, MessageLine } from '../ports/index.ts';
import { tokensBody } from './stats-bodies.ts';

/** A conversation as the list shows it; times as OpenAI has them, in Unix seconds. */
export function conversationBody(summary: ConversationSummary): object {
  return {
    object: 'conversation',
    id: summary.id,
    caller: summary.callerId,
    created_at: Math.floor(summary.startedAtMs / 1000),
    last_request_at: Math.floor(summary.lastAtMs / 1000),
    request_count: summary.requests,
    message_count: summary.messages,
    tokens_usage: tokensBody(summary.tokens),
    cost_nano_usd: summary.costNanoUsd,
    models: summary.models,
    providers: summary.providers,
    preview: summary.preview,
  };
}

/**
 * A conversation with what was said in it, and its attempts.
 * @param skipped messages before those that are here.
 */
export function historyBody(history: ConversationHistory, skipped: number): object {
  const { messageLines, attemptLines, hasMore = false, ...summary } = history;
  const seen = new Map<number, number>();
  return {
    ...conversationBody(summary),
    messages: messageLines.map((line) => {
      const alternative = seen.get(line.position) ?? 0;
      seen.set(line.position, alternative + 1);
      return messageBody(line, alternative);
    }),
    has_more: hasMore,
    next: hasMore ? skipped + messageLines.length : null,
    attempts: attemptLines.map(attemptRow),
  };
}

/** `alternative`: 0 for what was said first at its place; what was said there anew counts on. */
function messageBody(line: MessageLine, alternative: number): object {
  return {
    position: line.position,
    alternative,
    role: line.role,
    from: line.from,
    created_at: Math.floor(line.atMs / 1000),
    model: line.model,
    provider: line.providerId,
    request_id: line.requestId,
    message: parsed(line.json),
  };
}

/** A message that is no JSON is shown as the text it is. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
