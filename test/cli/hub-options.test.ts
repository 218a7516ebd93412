import { expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';

import { parseConfig } from '../../cli/config-file.ts';
import { optionsOf } from '../../cli/hub-options.ts';

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
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}), 'nexus.yaml');
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
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}), 'nexus.yaml');
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
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}), 'nexus.yaml');
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
