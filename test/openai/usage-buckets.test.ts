import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Usage } from '../../src/openai/types.ts';
import { bucketsOf } from '../../src/openai/usage-buckets.ts';

/** The buckets of the prompt, and those of the completion. */
const OF_PROMPT = [
  'input',
  'cachedInput',
  'cachedAudioInput',
  'cacheWrite',
  'cacheWrite1h',
  'audioInput',
  'imageInput',
] as const;
const OF_COMPLETION = ['output', 'reasoning', 'audioOutput', 'imageOutput'] as const;

/** The buckets that hold something. */
function filled(usage: Usage): Record<string, number> {
  return Object.fromEntries(Object.entries(bucketsOf(usage)).filter(([, tokens]) => tokens > 0));
}

describe('bucketsOf', () => {
  it('K1: no token is in two buckets and none is lost, whatever the details claim', () => {
    const count = fc.nat({ max: 5_000 });
    const claim = fc.oneof(count, fc.constantFrom(undefined, null, -3, 1.5, NaN, '7', {}, [4]));
    const claims = (...names: string[]): fc.Arbitrary<unknown> =>
      fc.oneof(fc.dictionary(fc.constantFrom(...names), claim), fc.constantFrom(undefined, null, 'x', 3));
    const usages = fc.record({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      prompt_tokens_details: fc
        .tuple(
          claims('cached_tokens', 'cache_write_tokens', 'audio_tokens', 'image_tokens'),
          claims('audio_tokens', 'image_tokens'),
        )
        .map(([details, cached]) =>
          typeof details === 'object' ? { ...details, cached_tokens_details: cached } : details,
        ),
      completion_tokens_details: claims('reasoning_tokens', 'audio_tokens', 'image_tokens'),
      cache_creation: claims('ephemeral_1h_input_tokens'),
    }) as fc.Arbitrary<Usage>;
    fc.assert(
      fc.property(usages, (usage) => {
        const buckets = bucketsOf(usage);
        const sumOf = (names: readonly (keyof typeof buckets)[]): number =>
          names.reduce((sum, name) => sum + buckets[name], 0);
        expect(Object.keys(buckets).sort()).toEqual([...OF_PROMPT, ...OF_COMPLETION].sort());
        expect(sumOf(OF_PROMPT)).toBe(usage.prompt_tokens);
        expect(sumOf(OF_COMPLETION)).toBe(usage.completion_tokens);
        for (const tokens of Object.values(buckets)) expect(tokens >= 0 && Number.isInteger(tokens)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('K1: cached sound and cached pictures are not counted as fresh ones, too', () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 5,
      total_tokens: 1005,
      prompt_tokens_details: {
        cached_tokens: 600,
        audio_tokens: 300,
        image_tokens: 250,
        cached_tokens_details: { audio_tokens: 200, image_tokens: 150 },
      },
    };
    expect(filled(usage)).toEqual({
      input: 200,
      cachedInput: 400,
      cachedAudioInput: 200,
      audioInput: 100,
      imageInput: 100,
      output: 5,
    });
  });

  it('K1: where the cache is not told apart by kind it holds text first, and sound only where it must', () => {
    const details = { cached_tokens: 60, audio_tokens: 30 };
    const usage = { prompt_tokens: 100, completion_tokens: 1, total_tokens: 101, prompt_tokens_details: details };
    expect(filled(usage)).toEqual({ input: 10, cachedInput: 60, audioInput: 30, output: 1 });
    expect(filled({ ...usage, prompt_tokens_details: { ...details, cached_tokens: 90 } })).toEqual({
      cachedInput: 90,
      audioInput: 10,
      output: 1,
    });
  });
});
