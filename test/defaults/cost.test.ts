import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { costOf } from '../../src/defaults/cost.ts';
import { bucketsOf, type UsageBuckets } from '../../src/openai/usage-buckets.ts';
import type { Price, Usage } from 'nexusai-hub/ports';

function usageOf(prompt: number, completion: number, more: Partial<Usage> = {}): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, ...more };
}

const KINDS = Object.keys(bucketsOf(usageOf(0, 0))) as (keyof UsageBuckets)[];

/** A price as an owner writes it: nine decimals of a dollar at most, as text, so that nothing is rounded here. */
const decimals = fc
  .tuple(fc.nat({ max: 99_999 }), fc.integer({ min: 0, max: 9 }), fc.nat({ max: 999_999_999 }))
  .map(([whole, places, digits]) => {
    const fraction = String(digits).padStart(9, '0').slice(0, places);
    return fraction === '' ? String(whole) : `${whole}.${fraction}`;
  });

/** Nano-dollars for a million tokens, from the text: the point moves nine places. */
function nanoDollars(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(9, '0'));
}

const count = fc.nat({ max: 2_000_000 });
const usages = fc
  .record({
    fresh: count,
    cached: count,
    cachedAudio: count,
    written: count,
    written1h: count,
    audio: count,
    image: count,
    spoken: count,
    thought: count,
    voiced: count,
    drawn: count,
  })
  .map((t) =>
    usageOf(
      t.fresh + t.cached + t.cachedAudio + t.written + t.written1h + t.audio + t.image,
      t.spoken + t.thought + t.voiced + t.drawn,
      {
        prompt_tokens_details: {
          cached_tokens: t.cached + t.cachedAudio,
          cache_write_tokens: t.written + t.written1h,
          audio_tokens: t.audio + t.cachedAudio,
          image_tokens: t.image,
          cached_tokens_details: { audio_tokens: t.cachedAudio },
        },
        completion_tokens_details: { reasoning_tokens: t.thought, audio_tokens: t.voiced, image_tokens: t.drawn },
        cache_creation: { ephemeral_1h_input_tokens: t.written1h },
      },
    ),
  );

describe('costOf', () => {
  it('K1: is the exact sum over all kinds of tokens, rounded once, whatever a double makes of the prices', () => {
    const texts = fc.tuple(...KINDS.map(() => decimals));
    fc.assert(
      fc.property(usages, texts, (usage, written) => {
        const price = {
          version: '1',
          ...Object.fromEntries(KINDS.map((kind, place) => [kind, Number(written[place])])),
        } as unknown as Price;
        const buckets = bucketsOf(usage);
        const exact = KINDS.reduce(
          (sum, kind, place) => sum + BigInt(buckets[kind]) * nanoDollars(written[place] ?? ''),
          0n,
        );
        const cost = costOf(usage, price);
        expect(cost).toBe(Number((exact * 2n + 1_000_000n) / 2_000_000n));
        expect(Number.isSafeInteger(cost)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each(KINDS.filter((kind) => !['input', 'output', 'imageInput', 'reasoning'].includes(kind)))(
    'K4: tokens of the kind %s and no price for them: not known, and known as soon as there is one',
    (kind) => {
      const usage = usageOf(40, 40, {
        prompt_tokens_details: {
          cached_tokens: kind.startsWith('cached') ? 4 : 0,
          cache_write_tokens: kind.startsWith('cacheWrite') ? 4 : 0,
          audio_tokens: kind === 'audioInput' || kind === 'cachedAudioInput' ? 4 : 0,
          cached_tokens_details: { audio_tokens: kind === 'cachedAudioInput' ? 4 : 0 },
        },
        completion_tokens_details: {
          audio_tokens: kind === 'audioOutput' ? 4 : 0,
          image_tokens: kind === 'imageOutput' ? 4 : 0,
        },
        cache_creation: { ephemeral_1h_input_tokens: kind === 'cacheWrite1h' ? 4 : 0 },
      });
      const price = { version: '1', input: 1, output: 1 };
      expect(bucketsOf(usage)[kind]).toBe(4);
      expect(costOf(usage, price)).toBeUndefined();
      expect(costOf(usage, { ...price, [kind]: 2 })).toBe(76 * 1000 + 4 * 2000);
      expect(costOf(usageOf(40, 40), price)).toBe(80_000);
    },
  );

  it('takes the prices of the highest limit a prompt passes, in whatever order they are written', () => {
    const above = [30, 10, 20].map((abovePromptTokens) => ({ abovePromptTokens, input: abovePromptTokens, output: 0 }));
    const price = { version: '1', input: 1, output: 0, longPrompts: above };
    const rateAt = (tokens: number): number => costOf(usageOf(tokens, 0), price)! / tokens / 1000;
    expect([1, 10, 11, 20, 21, 30, 31, 1000].map(rateAt)).toEqual([1, 1, 10, 10, 20, 20, 30, 30]);
  });

  it('K4: a number that is not held exactly is not known', () => {
    const price = { version: '1', input: 1_000_000, output: 0 };
    expect(costOf(usageOf(9_007_199, 0), price)).toBe(9_007_199_000_000_000);
    expect(costOf(usageOf(9_007_200, 0), price)).toBeUndefined();
  });

  it.each([
    [usageOf(1, 1), { input: -1, output: 1 }],
    [usageOf(1, 1), { input: NaN, output: 1 }],
    [usageOf(1, 1), { input: Infinity, output: 1 }],
    [usageOf(-1, 1), { input: 1, output: 1 }],
    [usageOf(0.5, 1), { input: 1, output: 1 }],
    [usageOf(NaN, 1), { input: 1, output: 1 }],
  ])('throws for what is no usage or no price: %j %j', (usage, rates) => {
    expect(() => costOf(usage, { version: '1', ...rates })).toThrow(RangeError);
  });
});
