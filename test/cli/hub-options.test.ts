import { expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';

import { optionsOf, parseConfig } from './parsed-config.ts';

it('every member of prices in a file becomes an option the hub takes', async () => {
  const members =
    'input: 1, output: 2, cached_input: 3, cached_audio_input: 4, cache_write: 5, cache_write_1h: 6, ' +
    'audio_input: 7, image_input: 8, reasoning: 9, audio_output: 10, image_output: 11';
  const text = `providers: [{ id: d, kind: demo }]
prices:
  version: 2026
  models: { 'm*': { ${members}, long_prompts: [{ above_prompt_tokens: 12, ${members} }] } }
  by_provider: { d: { m: { input: '0.5', output: 0 } } }
`;
  const rates = {
    input: 1,
    output: 2,
    cachedInput: 3,
    cachedAudioInput: 4,
    cacheWrite: 5,
    cacheWrite1h: 6,
    audioInput: 7,
    imageInput: 8,
    reasoning: 9,
    audioOutput: 10,
    imageOutput: 11,
  };
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(options.prices).toEqual({
    version: '2026',
    models: { 'm*': { ...rates, longPrompts: [{ ...rates, abovePromptTokens: 12 }] } },
    byProvider: { d: { m: { input: 0.5, output: 0 } } },
  });
  await new NexusHub(options).close();
});

it('every member of circuit in a file becomes an option the hub takes', async () => {
  const text = `providers: [{ id: d, kind: demo }]
circuit: { failures: 4, failure_rate: 0.4, window_ms: 3000, retry_after_ms: 2000, when_all_open: wait, max_wait_ms: 1000 }
`;
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(options.circuit).toEqual({
    failures: 4,
    failureRate: 0.4,
    windowMs: 3_000,
    retryAfterMs: 2_000,
    whenAllOpen: 'wait',
    maxWaitMs: 1_000,
  });
  await new NexusHub(options).close();
});

it('every member of records in a file becomes an option the hub takes', async () => {
  const text = `providers: [{ id: d, kind: demo }]
records:
  durability: acknowledged
  acknowledge_within_ms: 1500
  when_unacknowledged: deliver
  every_ms: 0
  max_queued: 500
  max_queued_bytes: 1000000
  when_full: block
  block_within_ms: 700
  messages: false
  disconnect: drain
  drain_within_ms: 9000
`;
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(options.records).toEqual({
    durability: 'acknowledged',
    acknowledgeWithinMs: 1_500,
    whenUnacknowledged: 'deliver',
    everyMs: 0,
    maxQueued: 500,
    maxQueuedBytes: 1_000_000,
    whenFull: 'block',
    blockWithinMs: 700,
    messages: false,
    disconnect: 'drain',
    drainWithinMs: 9_000,
  });
  await new NexusHub(options).close();
});

it('every member of routing, too', async () => {
  const text = `providers: [{ id: d, kind: demo }]
routing:
  max_attempts: 4
  deadline_ms: 5000
  backoff_ms: 10
  retries: { share: 0.3, per_second: 2 }
  hedge: { quantile: 0.9, min_ms: 20, share: 0.1, with_tools: true }
  continuation: marked
  check_schema: true
`;
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(options.routing).toEqual({
    maxAttempts: 4,
    deadlineMs: 5_000,
    backoffMs: 10,
    retries: { share: 0.3, perSecond: 2 },
    hedge: { quantile: 0.9, minMs: 20, share: 0.1, withTools: true },
    continuation: 'marked',
    checkSchema: true,
  });
  await new NexusHub(options).close();
});

it('every member of a route, fallbacks and the strategy in a file become options the hub takes', async () => {
  const text = `providers:
  - id: d
    kind: demo
    models:
      - plain
      - long
      - other
      - name: fast
        upstream_model: plain
        weight: '2'
        tier: 2
        when:
          callers: [app]
          metadata: { team: [search, ads], stage: test }
          min_prompt_tokens: 1
          max_prompt_tokens: '9'
          streamed: true
          operations: [chat, speech]
fallbacks:
  fast: plain
  plain: [{ model: long, on: [context_length] }, { model: other }]
keys: [{ name: app, key: key-of-app }]
routing: { strategy: least-busy }
`;
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(options.models).toMatchObject({
    plain: [{ provider: 'd', model: 'plain', weight: 1 }],
    fast: [
      {
        provider: 'd',
        model: 'plain',
        weight: 2,
        tier: 2,
        when: {
          callers: ['app'],
          metadata: { team: ['search', 'ads'], stage: 'test' },
          minPromptTokens: 1,
          maxPromptTokens: 9,
          streamed: true,
          operations: ['chat', 'speech'],
        },
      },
    ],
  });
  expect(options.fallbacks).toEqual({
    fast: ['plain'],
    plain: [{ model: 'long', on: ['context_length'] }, { model: 'other' }],
  });
  expect(options.routing).toEqual({ strategy: 'least-busy' });
  await new NexusHub(options).close();
});

it('several keys of a provider become one provider with several keys', async () => {
  const text = `providers:
  - { id: a, kind: openai, api_keys: [sk-one, { name: second, key: sk-two }] }
  - { id: b, kind: ernie, api_keys: [x, y], app_id: z }
`;
  const { providers } = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(providers['a']).toMatchObject({ kind: 'openai', keys: ['k1', 'second'] });
  expect(providers['b']).toMatchObject({ kind: 'ernie', keys: ['k1', 'k2'] });
  await new NexusHub({ providers }).close();
});

it('every member of limits in a file becomes an option the hub takes', async () => {
  const text = `providers: [{ id: d, kind: demo }]
limits: { requests_per_second: 7, unpriced: allow, cut_streams: true, when_redis_is_away: closed, redis_within_ms: 15, processes: 3 }
`;
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(options.limits).toEqual({
    requestsPerSecond: 7,
    unpriced: 'allow',
    cutStreams: true,
    whenQuotaIsAway: 'closed',
    quotaWithinMs: 15,
    processes: 3,
  });
  await new NexusHub(options).close();
});

it('tokens in a file become an option the hub takes', async () => {
  const text = (check: string): string => `providers: [{ id: d, kind: demo }]\ntokens: { check: ${check} }\n`;
  const options = optionsOf(parseConfig(text('0.5'), 'nexus.yaml', {}));
  expect(options.tokens).toEqual({ check: 0.5 });
  await new NexusHub(options).close();
  expect(() => parseConfig(text('2'), 'nexus.yaml', {})).toThrow(/tokens\.check.*expected 0 to 1/s);
});

it('what a file says of signatures becomes options the hub takes', async () => {
  const text = `providers: [{ id: d, kind: demo }]
keys: [{ name: app, key: a-key-that-is-long-enough-to-sign-with, signature: required, rpm: 5 }]
signatures: { max_age_ms: 60000, clock_skew_ms: 0 }
`;
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}));
  expect(options.keys).toMatchObject([{ name: 'app', signature: 'required', requestsPerMinute: 5 }]);
  expect(options.signatures).toEqual({ maxAgeMs: 60_000, clockSkewMs: 0 });
  await new NexusHub(options).close();
});

it('what a file says of the cache becomes options the hub takes', async () => {
  const text = (cache: string): string => `providers: [{ id: d, kind: demo }]\ncache: ${cache}\n`;
  const all = '{ ttl_ms: 60000, scope: hub, max_entries: 5, max_bytes: 5000, max_entry_bytes: 500, within_ms: 15 }';
  const options = optionsOf(parseConfig(text(all), 'nexus.yaml', {}));
  expect(options.cache).toEqual({
    ttlMs: 60_000,
    scope: 'hub',
    maxEntries: 5,
    maxBytes: 5_000,
    maxEntryBytes: 500,
    withinMs: 15,
  });
  await new NexusHub(options).close();
  expect(optionsOf(parseConfig(text('{}'), 'nexus.yaml', {})).cache).toEqual({});
  expect(() => parseConfig(text('{ scope: all }'), 'nexus.yaml', {})).toThrow(/cache\.scope.*expected caller or hub/s);
});
