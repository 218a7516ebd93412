import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { LedgerEntry } from 'nexusai-hub/ports';

const BATCH = 1_000;
const REQUESTS_OF_CONVERSATION = 10;
const STARTS = Date.UTC(2026, 0, 1);
const QUESTION = '请用中文解释一下 how a ledger works, with "quotes", commas, and 👋🏽. '.repeat(4);
const ANSWER = 'A ledger keeps a line for each attempt, and every message as it was said. '.repeat(5);
const USAGE = { prompt_tokens: 80, completion_tokens: 75, total_tokens: 155 };
const KNOWN = {
  usage: USAGE,
  usageProvenance: 'reported',
  costNanoUsd: 1_500,
  priceVersion: 'v1',
  outcome: 'ok',
} as const;

/** Fills a database with so many messages, two of each request. */
export async function fill(file: string, messages: number): Promise<void> {
  const ledger = sqliteLedger({ file });
  const requests = Math.ceil(messages / 2);
  for (let first = 0; first < requests; first += BATCH) {
    const count = Math.min(BATCH, requests - first);
    await ledger.append(Array.from({ length: count }, (_, place) => entryOf(first + place)));
  }
  await ledger.close();
}

function entryOf(number: number): LedgerEntry {
  const position = (number % REQUESTS_OF_CONVERSATION) * 2;
  return {
    id: `entry-${String(number).padStart(10, '0')}`,
    record: {
      requestId: `req_${number}`,
      operation: 'chat',
      callerId: `caller-${number % 7}`,
      conversationId: `conv_${Math.floor(number / REQUESTS_OF_CONVERSATION)}`,
      newConversation: position === 0,
      model: 'gpt-4o',
      streamed: true,
      startedAtMs: STARTS + number * 500,
      durationMs: 900,
      ...KNOWN,
      attempts: [
        {
          reason: 'first',
          target: 'main/gpt-4o',
          providerId: 'main',
          providerKind: 'openai',
          model: 'gpt-4o',
          startedAfterMs: 1,
          firstContentMs: 200,
          durationMs: 890,
          ...KNOWN,
        },
      ],
    },
    messages: [
      {
        position,
        role: 'user',
        from: 'caller',
        json: JSON.stringify({ role: 'user', content: `${QUESTION}${number}` }),
      },
      {
        position: position + 1,
        role: 'assistant',
        from: 'model',
        json: JSON.stringify({ role: 'assistant', content: ANSWER, refusal: null }),
      },
    ],
  };
}
