import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageOf } from '../../src/openai/usage.ts';

/** As providers report it, and its normal form (section 2.4 of the provider reference). */
const REPORTED: [string, Record<string, unknown>, Record<string, unknown>][] = [
  [
    'DeepSeek: cache hits',
    {
      prompt_tokens: 339,
      completion_tokens: 83,
      total_tokens: 422,
      prompt_cache_hit_tokens: 320,
      prompt_cache_miss_tokens: 19,
    },
    {
      prompt_tokens: 339,
      completion_tokens: 83,
      total_tokens: 422,
      prompt_cache_hit_tokens: 320,
      prompt_cache_miss_tokens: 19,
      prompt_tokens_details: { cached_tokens: 320 },
    },
  ],
  [
    'Moonshot: cached at the top',
    { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16, cached_tokens: 8 },
    {
      prompt_tokens: 11,
      completion_tokens: 5,
      total_tokens: 16,
      cached_tokens: 8,
      prompt_tokens_details: { cached_tokens: 8 },
    },
  ],
  [
    'xAI: reasoning beside completion, proven by the total',
    {
      prompt_tokens: 12,
      completion_tokens: 2,
      total_tokens: 304,
      completion_tokens_details: { reasoning_tokens: 290 },
    },
    {
      prompt_tokens: 12,
      completion_tokens: 292,
      total_tokens: 304,
      completion_tokens_details: { reasoning_tokens: 290 },
    },
  ],
  [
    'reasoning that the total does not prove to be apart',
    {
      prompt_tokens: 12,
      completion_tokens: 300,
      total_tokens: 999,
      completion_tokens_details: { reasoning_tokens: 290 },
    },
    {
      prompt_tokens: 12,
      completion_tokens: 300,
      total_tokens: 312,
      completion_tokens_details: { reasoning_tokens: 290 },
    },
  ],
  [
    'reasoning at the top',
    { prompt_tokens: 1, completion_tokens: 5, total_tokens: 6, reasoning_tokens: 4 },
    {
      prompt_tokens: 1,
      completion_tokens: 5,
      total_tokens: 6,
      reasoning_tokens: 4,
      completion_tokens_details: { reasoning_tokens: 4 },
    },
  ],
  [
    'Qwen: written to the cache, with how long it stays, among the details',
    {
      prompt_tokens: 3000,
      completion_tokens: 5,
      total_tokens: 3005,
      prompt_tokens_details: {
        cached_tokens: 1000,
        cache_creation_input_tokens: 1500,
        cache_creation: { ephemeral_1h_input_tokens: 500 },
      },
    },
    {
      prompt_tokens: 3000,
      completion_tokens: 5,
      total_tokens: 3005,
      prompt_tokens_details: {
        cached_tokens: 1000,
        cache_write_tokens: 1500,
        cache_creation_input_tokens: 1500,
        cache_creation: { ephemeral_1h_input_tokens: 500 },
      },
      cache_creation: { ephemeral_1h_input_tokens: 500 },
    },
  ],
  [
    'a gateway before Anthropic: written to the cache, at the top',
    { prompt_tokens: 300, completion_tokens: 5, total_tokens: 305, cache_creation_input_tokens: 200 },
    {
      prompt_tokens: 300,
      completion_tokens: 5,
      total_tokens: 305,
      cache_creation_input_tokens: 200,
      prompt_tokens_details: { cache_write_tokens: 200 },
    },
  ],
  [
    'K1: a cache larger than the prompt was counted apart from it',
    {
      prompt_tokens: 12,
      completion_tokens: 30,
      total_tokens: 42,
      prompt_tokens_details: { cached_tokens: 4000, cache_write_tokens: 5 },
    },
    {
      prompt_tokens: 4017,
      completion_tokens: 30,
      total_tokens: 4047,
      prompt_tokens_details: { cached_tokens: 4000, cache_write_tokens: 5 },
    },
  ],
  [
    'K1: so was what was written to it',
    {
      prompt_tokens: 12,
      completion_tokens: 30,
      total_tokens: 42,
      prompt_tokens_details: { cache_write_tokens: 4000 },
    },
    {
      prompt_tokens: 4012,
      completion_tokens: 30,
      total_tokens: 4042,
      prompt_tokens_details: { cache_write_tokens: 4000 },
    },
  ],
  [
    'numbers as text',
    { prompt_tokens: '7', completion_tokens: '3', total_tokens: '10' },
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  ],
  [
    'no total',
    { prompt_tokens: 7, completion_tokens: 3 },
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  ],
  [
    'a total that is wrong',
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 11 },
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  ],
  [
    'no completion',
    { prompt_tokens: 7, total_tokens: 10 },
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  ],
  [
    'no prompt',
    { completion_tokens: 3, total_tokens: 10 },
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  ],
  [
    'details that are null, or hold null (vLLM)',
    {
      prompt_tokens: 7,
      completion_tokens: 3,
      total_tokens: 10,
      prompt_tokens_details: null,
      completion_tokens_details: { reasoning_tokens: null },
    },
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  ],
  [
    'a detail that is null beside one that is a number',
    {
      prompt_tokens: 7,
      completion_tokens: 3,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 1, audio_tokens: null },
    },
    { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10, prompt_tokens_details: { cached_tokens: 1 } },
  ],
  [
    'details nobody here knows, beside one that has to be mended',
    {
      prompt_tokens: 7,
      completion_tokens: 3,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: '2', image_tokens: 1, note: 'x' },
      cost: 0.5,
    },
    {
      prompt_tokens: 7,
      completion_tokens: 3,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 2, image_tokens: 1, note: 'x' },
      cost: 0.5,
    },
  ],
];

describe('usageOf', () => {
  it.each(REPORTED)('%s', (_name, raw, expected) => {
    const before = structuredClone(raw);
    const usage = usageOf(raw);
    expect(usage).toEqual(expected);
    expect(raw).toEqual(before);
    expect(usageOf(usage)).toBe(usage);
  });

  it('is the same object when nothing had to change, unknown members and all', () => {
    const usage = {
      prompt_tokens: 14,
      completion_tokens: 128,
      total_tokens: 142,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0, cache_write_tokens: 3 },
      completion_tokens_details: {
        reasoning_tokens: 128,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
      queue_time: 0.01,
    };
    expect(usageOf(usage)).toBe(usage);
  });

  it.each([
    [null],
    [undefined],
    ['12'],
    [[]],
    [{}],
    [{ prompt_tokens: null, completion_tokens: null, total_tokens: null }],
    [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
    [{ prompt_tokens: '0', completion_tokens: '0' }],
    [{ prompt_tokens: 7 }],
    [{ total_tokens: 7 }],
    [{ prompt_tokens: -1, completion_tokens: 3 }],
    [{ prompt_tokens: 1.5, completion_tokens: 3 }],
    [{ prompt_tokens: 9, total_tokens: 7 }],
    [{ prompt_tokens: 'many', completion_tokens: 3 }],
  ])('S11: %j is no usage, and never zeros', (raw) => {
    expect(usageOf(raw)).toBeUndefined();
  });

  it('whatever comes, the result adds up or there is none, and mending it again changes nothing', () => {
    const count = fc.oneof(fc.nat(1000), fc.nat(1000).map(String), fc.constantFrom(null, undefined, -1, 1.5, 'x', {}));
    const details = fc.oneof(
      fc.constantFrom(null, undefined, 'x'),
      fc.dictionary(
        fc.constantFrom('cached_tokens', 'cache_write_tokens', 'reasoning_tokens', 'audio_tokens', 'other'),
        count,
      ),
    );
    const raw = fc.record(
      {
        prompt_tokens: count,
        completion_tokens: count,
        total_tokens: count,
        cached_tokens: count,
        prompt_cache_hit_tokens: count,
        cache_creation_input_tokens: count,
        cache_creation: details,
        prompt_tokens_details: details,
        completion_tokens_details: details,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(raw, (reported) => {
        const usage = usageOf(reported);
        if (!usage) return;
        expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
        expect(usage.total_tokens).toBeGreaterThan(0);
        expect(usageOf(usage)).toBe(usage);
      }),
      { numRuns: 1000 },
    );
  });
});
