import { describe, expect, it } from 'vitest';
import { manualClock } from 'nexusai-hub/testing';
import { UsualUse } from '../../src/defaults/usual-use.ts';

/** What is expected after answers with so many tokens, at a nano-dollar each. */
function expectedAfter(answers: readonly number[]): { completionTokens: number | undefined } {
  const usual = new UsualUse(manualClock());
  for (const completionTokens of answers)
    usual.learn('a', 'm', { promptTokens: 0, completionTokens, costNanoUsd: completionTokens });
  return usual.expected('a', 'm');
}

describe('UsualUse', () => {
  it('expects exactly what always comes', () => {
    expect(expectedAfter([7, 7, 7, 7])).toMatchObject({ completionTokens: 7, nanoUsdPerToken: 1 });
  });

  it('expects nothing where nothing is known', () => {
    expect(new UsualUse(manualClock()).expected('a', 'm')).toEqual({
      completionTokens: undefined,
      nanoUsdPerToken: undefined,
      isUnpriced: false,
    });
  });

  it('rises faster than it falls: three of four answers stay below it', () => {
    expect(expectedAfter([100, 200]).completionTokens).toBe(130);
    expect(expectedAfter([200, 100]).completionTokens).toBe(190);
    const evenly = Array.from({ length: 2_000 }, (_, turn) => (turn * 37) % 100);
    const { completionTokens = 0 } = expectedAfter(evenly);
    const below = evenly.filter((tokens) => tokens <= completionTokens).length / evenly.length;
    expect(below).toBeGreaterThan(0.55);
    expect(below).toBeLessThan(0.85);
  });

  it('knows each caller, and for a new one what all came to', () => {
    const usual = new UsualUse(manualClock());
    const learn = (callerId: string, completionTokens: number): void => {
      usual.learn(callerId, 'm', { promptTokens: 0, completionTokens, costNanoUsd: null });
    };
    learn('short', 10);
    learn('long', 110);
    expect(usual.expected('short', 'm').completionTokens).toBe(10);
    expect(usual.expected('long', 'm').completionTokens).toBe(110);
    expect(usual.expected('new', 'm').completionTokens).toBe(40);
    expect(usual.expected('new', 'other').completionTokens).toBeUndefined();
  });
});
