import type { LedgerEntry, RequestRecord } from 'nexusai-hub/ports';

const REQUESTS_OF_CONVERSATION = 5;
/** Conversations of two years, one after the other. */
const FIRST_MS = Date.UTC(2024, 0, 1);
const APART_MS = 90_000;
const TEXT = 'Wie spät ist es in 北京, und was sagt man dort zum Gruß? '.repeat(4);

/** Requests of conversations that are long over; each says something and is answered. */
export function oldConversations(first: number, count: number): LedgerEntry[] {
  return Array.from({ length: count }, (_, place) => entryOf(first + place, FIRST_MS));
}

/** One request of now. */
export function newRequest(number: number, nowMs: number): LedgerEntry {
  return { ...entryOf(number, nowMs), id: `new-${number}` };
}

function entryOf(number: number, fromMs: number): LedgerEntry {
  const conversation = Math.floor(number / REQUESTS_OF_CONVERSATION);
  const position = 2 * (number % REQUESTS_OF_CONVERSATION);
  const usage = { prompt_tokens: 120, completion_tokens: 80, total_tokens: 200 };
  const costs = { usage, usageProvenance: 'reported', costNanoUsd: 90_000, priceVersion: 'v1' } as const;
  const record: RequestRecord = {
    requestId: `req_${number}`,
    operation: 'chat',
    callerId: `app-${conversation % 20}`,
    conversationId: `c-${fromMs}-${conversation}`,
    newConversation: position === 0,
    model: 'gpt-4o',
    streamed: true,
    startedAtMs: fromMs + conversation * APART_MS + position,
    durationMs: 900,
    outcome: 'ok',
    ...costs,
    attempts: [
      {
        ...{ reason: 'first', target: 'main/gpt-4o', providerId: 'main', providerKind: 'openai', model: 'gpt-4o' },
        ...{ startedAfterMs: 1, firstContentMs: 200, durationMs: 890, outcome: 'ok', ...costs },
      },
    ],
  };
  const message = (place: number, from: 'caller' | 'model'): LedgerEntry['messages'][number] => {
    const role = from === 'caller' ? 'user' : 'assistant';
    return { position: position + place, role, from, json: JSON.stringify({ role, content: `${number} ${TEXT}` }) };
  };
  return { id: `e-${String(number).padStart(10, '0')}`, record, messages: [message(0, 'caller'), message(1, 'model')] };
}
