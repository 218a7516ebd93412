import type { AttemptRecord, KeptMessage, LedgerEntry, RequestRecord, Usage } from 'nexusai-hub/ports';

/** 2026-03-10T12:00:00Z */
export const NOON: number = Date.UTC(2026, 2, 10, 12);

/** Usage of these many tokens. */
export function usageOf(prompt: number, completion: number): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** An attempt that went well, but for what is said otherwise. */
export function attempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    reason: 'first',
    target: 'main/gpt-4o',
    providerId: 'main',
    providerKind: 'openai',
    model: 'gpt-4o-2024',
    startedAfterMs: 0,
    firstContentMs: 50,
    durationMs: 200,
    outcome: 'ok',
    usage: usageOf(100, 20),
    usageProvenance: 'reported',
    costNanoUsd: 450_000,
    priceVersion: 'v1',
    ...changes,
  };
}

/** A record of one attempt that went well, but for what is said otherwise. */
export function record(changes: Partial<RequestRecord> = {}): RequestRecord {
  const attempts = changes.attempts ?? [attempt()];
  return {
    requestId: 'req_1',
    operation: 'chat',
    callerId: 'app',
    conversationId: 'c-1',
    newConversation: true,
    model: 'gpt-4o',
    streamed: false,
    startedAtMs: NOON,
    durationMs: 210,
    outcome: 'ok',
    attempts,
    usage: attempts[0]?.usage,
    usageProvenance: attempts[0]?.usageProvenance ?? 'absent',
    costNanoUsd: attempts[0]?.costNanoUsd ?? null,
    priceVersion: attempts[0]?.priceVersion,
    ...changes,
  };
}

/** A message of a caller. */
export function said(position: number, text: string, role = 'user'): KeptMessage {
  return { position, role, from: 'caller', json: JSON.stringify({ role, content: text }) };
}

/** What a model answered. */
export function answered(position: number, text: string): KeptMessage {
  return { position, role: 'assistant', from: 'model', json: JSON.stringify({ role: 'assistant', content: text }) };
}

let made = 0;

/** An entry of its own, with a question and an answer. */
export function entry(
  changes: Partial<RequestRecord> = {},
  messages = [said(0, 'Hello'), answered(1, 'Hi!')],
): LedgerEntry {
  return { id: `e-${String(++made).padStart(6, '0')}`, record: record(changes), messages };
}

/** All that comes. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
