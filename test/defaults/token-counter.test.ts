import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { tokenCounter } from '../../src/defaults/token-counter.ts';

interface Vector {
  readonly text: string;
  readonly o200k_base: number;
  readonly cl100k_base: number;
}

const vectors = JSON.parse(readFileSync(new URL('../../../shared/token-vectors.json', import.meta.url), 'utf8')) as {
  encodings: { strings: Vector[] };
};
const counter = tokenCounter();
afterAll(() => counter.close?.());

describe('tokenCounter', () => {
  it.each([
    ['gpt-4o-2024-11-20', 'o200k_base'],
    ['gpt-4.1-mini', 'o200k_base'],
    ['gpt-5-nano', 'o200k_base'],
    ['ft:gpt-4o-mini:acme::id', 'o200k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-35-turbo', 'cl100k_base'],
    ['text-embedding-3-large', 'cl100k_base'],
  ] as const)('counts for %s as the reference does in %s', async (model, encoding) => {
    for (const vector of vectors.encodings.strings)
      expect(await counter.count(vector.text, model), vector.text).toEqual({ tokens: vector[encoding], exact: true });
  });

  it('says that a count in another encoding than the model is not exact', async () => {
    expect(await counter.count('你好，世界', 'ernie-4.5')).toMatchObject({ exact: false });
  });

  it('takes the spelling of a special token for text', async () => {
    expect((await counter.count('<|endoftext|>', 'gpt-4o')).tokens).toBe(7);
  });

  it('K5: lets the loop breathe on a long run without a break, and stays near the truth', async () => {
    let turns = 0;
    let counting = true;
    const tick = (): void => {
      turns++;
      if (counting) setImmediate(tick);
    };
    setImmediate(tick);
    const { tokens } = await counter.count('a'.repeat(200_000), 'gpt-4o');
    counting = false;
    expect(turns).toBeGreaterThanOrEqual(19);
    expect(Math.abs(tokens - 25_000)).toBeLessThan(25_000 * 0.01);
  });

  it('cuts long text without hurting characters or counts', async () => {
    const sentence = '今天天气很好，我们去公园 walk around 👍🏽 吧。';
    const long = Array.from({ length: 200 }, () => sentence).join(' ');
    const whole = await counter.count(long, 'gpt-4o');
    const { get_encoding } = await import('tiktoken');
    const encoder = get_encoding('o200k_base');
    const truth = encoder.encode_ordinary(long).length;
    encoder.free();
    expect(Math.abs(whole.tokens - truth) / truth).toBeLessThan(0.002);
  });

  it('counts again after close', async () => {
    const other = tokenCounter();
    await other.count('x', 'gpt-4o');
    other.close?.();
    other.close?.();
    expect((await other.count('hello world', 'gpt-4o')).tokens).toBe(2);
    other.close?.();
  });
});
