import type { AttemptRecord, KeptMessage, LedgerEntry } from 'nexusai-hub/ports';

/** A year before this moment, which is in the middle of an hour. */
export const NOW_MS: number = Date.UTC(2026, 5, 17, 14, 37, 12);

const CALLERS = 50;
const MODELS = 8;
const QUESTION = messageOf('user', 'Please say in two sentences what 敏捷的棕色狐狸 means, and why. '.repeat(5));
const ANSWER = messageOf('assistant', 'It is a fox. 它是一只狐狸，敏捷而且是棕色的。'.repeat(15));

let made = 0;

/** What some request left: few callers ask the most, each for two or three models, of two providers. */
export function entryAt(startedAtMs: number): LedgerEntry {
  const number = made++;
  const caller = Math.floor(CALLERS * Math.random() ** 3);
  const model = `model-${(caller + Math.floor(3 * Math.random() ** 2)) % MODELS}`;
  const spare = Math.random() < 0.1;
  // Most take a second or two, some ten times as long.
  const durationMs = 300 * Math.exp(3 * Math.random() ** 2 + Math.random());
  const attempt: AttemptRecord = {
    reason: 'first',
    target: `main/${model}`,
    providerId: spare ? 'spare' : 'main',
    providerKind: 'openai',
    model,
    startedAfterMs: 0.4,
    firstContentMs: durationMs / 4,
    durationMs,
    outcome: 'ok',
    usage: { prompt_tokens: 900, completion_tokens: 210, total_tokens: 1110 },
    usageProvenance: 'reported',
    costNanoUsd: 4_350_000,
    priceVersion: '2026-06',
  };
  return {
    id: `${startedAtMs.toString(36)}-${number.toString(36)}`,
    record: {
      requestId: `req_${number}`,
      operation: 'chat',
      callerId: `caller-${caller}`,
      conversationId: `conversation-${caller}-${Math.floor(number / (4 * CALLERS))}`,
      newConversation: false,
      model,
      streamed: true,
      startedAtMs,
      firstContentMs: attempt.firstContentMs,
      durationMs,
      outcome: 'ok',
      attempts: [attempt],
      usage: attempt.usage,
      usageProvenance: 'reported',
      costNanoUsd: attempt.costNanoUsd,
      priceVersion: attempt.priceVersion,
    },
    messages: [QUESTION, ANSWER],
  };
}

function messageOf(role: 'user' | 'assistant', content: string): KeptMessage {
  const from = role === 'user' ? 'caller' : 'model';
  return { position: role === 'user' ? 0 : 1, role, from, json: JSON.stringify({ role, content }) };
}
