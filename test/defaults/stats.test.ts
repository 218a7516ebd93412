import { expect, it } from 'vitest';
import type { RequestRecord } from 'nexusai-hub/ports';
import { memoryStats } from '../../src/defaults/stats.ts';

const record: RequestRecord = {
  requestId: 'r',
  operation: 'chat',
  callerId: 'a',
  conversationId: 'c',
  newConversation: true,
  model: 'm',
  streamed: false,
  startedAtMs: 0,
  durationMs: 1,
  outcome: 'ok',
  attempts: [],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  usageProvenance: 'reported',
  costNanoUsd: 107_500,
  priceVersion: 'v1',
};
const attempt = {
  reason: 'first',
  target: 'p/m',
  providerId: 'p',
  providerKind: 'openai',
  model: 'm',
  startedAfterMs: 0,
  durationMs: 1,
  outcome: 'ok',
  usage: record.usage,
  usageProvenance: 'reported',
  costNanoUsd: record.costNanoUsd,
  priceVersion: 'v1',
} as const;
const nothing = { usage: undefined, usageProvenance: 'absent', costNanoUsd: null, priceVersion: undefined } as const;

it('sums up by model and by the provider that answered', () => {
  const stats = memoryStats();
  stats.record({ ...record, attempts: [{ ...attempt, ...nothing, providerId: 'q', outcome: 'error' }, attempt] });
  const unknown = { newConversation: false, ...nothing };
  stats.record({ ...record, ...unknown, outcome: 'aborted', attempts: [{ ...attempt, ...nothing }] });
  const { byProvider, byModel, ...all } = stats.snapshot();
  expect(all).toEqual({
    requests: 2,
    attempts: 3,
    conversations: 1,
    unmeasured: 1,
    costNanoUsd: 107_500,
    unpriced: 0,
    cacheHits: 0,
    savedTokens: 0,
    savedNanoUsd: 0,
    outcomes: { ok: 1, error: 0, aborted: 1, partial: 0 },
    tokens: { prompt: 3, completion: 4, total: 7 },
  });
  expect(byModel['m']).toMatchObject({ requests: 2, attempts: 3 });
  expect(byProvider['p']).toMatchObject({ requests: 2, attempts: 2, tokens: { total: 7 } });
  expect(byProvider['q']).toMatchObject({ requests: 0, attempts: 1, tokens: { total: 0 } });
});

it('K4: counts what has no price apart, by model and by provider, and never as 0', () => {
  const stats = memoryStats();
  const unknown = { costNanoUsd: null, priceVersion: undefined };
  const unpriced = { ...record, model: 'new', ...unknown, attempts: [{ ...attempt, ...unknown }] };
  stats.record({ ...record, attempts: [attempt] });
  stats.record(unpriced);
  stats.record(unpriced);
  stats.record({ ...record, costNanoUsd: 0, attempts: [{ ...attempt, costNanoUsd: 0 }] });
  const { byProvider, byModel, ...all } = stats.snapshot();
  expect(all).toMatchObject({ costNanoUsd: 107_500, unpriced: 2, unmeasured: 0 });
  expect(byModel['m']).toMatchObject({ costNanoUsd: 107_500, unpriced: 0 });
  expect(byModel['new']).toMatchObject({ costNanoUsd: 0, unpriced: 2 });
  expect(byProvider['p']).toMatchObject({ costNanoUsd: 107_500, unpriced: 2 });
});

it('M4: keeps a bounded number of names apart, and prototype names are names', () => {
  const stats = memoryStats();
  stats.record({ ...record, model: '__proto__' });
  for (let name = 0; name < 5_000; name++) stats.record({ ...record, model: String(name) });
  const { byModel } = stats.snapshot();
  expect(Object.keys(byModel).length).toBe(1_001);
  expect(byModel['(others)']?.requests).toBe(4_001);
  expect(Object.hasOwn(byModel, '__proto__')).toBe(true);
});
