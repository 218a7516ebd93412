import { get_encoding } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { counterOver, tokenCounter } from '../../src/defaults/token-counter.ts';
import { LONGEST_PIECE } from '../../src/defaults/tokens/cut-text.ts';
import type { Encoder } from '../../src/defaults/tokens/encoder.ts';
import { TOKEN_VECTORS } from '../token-vectors.ts';

const counter = tokenCounter();
afterAll(() => {
  counter.close();
});

/** Takes a token for each character, and keeps the pieces it was asked for. */
function lengths(): Encoder & { readonly calls: (readonly string[])[]; hold: Promise<void> } {
  const calls: (readonly string[])[] = [];
  return {
    calls,
    hold: Promise.resolve(),
    async count(pieces) {
      calls.push(pieces);
      await this.hold;
      return pieces.join('').length;
    },
    close: () => undefined,
  };
}

describe('tokenCounter', () => {
  it.each([
    ['gpt-4o-2024-11-20', 'o200k_base'],
    ['openai/gpt-4.1-mini', 'o200k_base'],
    ['gpt-5-nano', 'o200k_base'],
    ['ft:gpt-4o-mini:acme::id', 'o200k_base'],
    ['gpt-oss-120b', 'o200k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-35-turbo', 'cl100k_base'],
    ['text-embedding-3-large', 'cl100k_base'],
  ] as const)('K6: counts for %s as the reference does in %s', async (model, encoding) => {
    for (const vector of TOKEN_VECTORS.encodings.strings)
      expect(await counter.count(vector.text, model), vector.text).toEqual({ tokens: vector[encoding], exact: true });
  });

  it('counts several texts each by itself', async () => {
    const { strings } = TOKEN_VECTORS.encodings;
    const tokens = strings.reduce((sum, vector) => sum + vector.o200k_base, 0);
    const texts = strings.map(({ text }) => text);
    expect(await counter.countAll(texts, 'gpt-4o')).toEqual({ tokens, exact: true });
    expect(await counter.countAll([], 'gpt-4o')).toEqual({ tokens: 0, exact: true });
  });

  it('K6: estimates ERNIE as Baidu does, and never calls that exact', async () => {
    for (const { text, tokens } of TOKEN_VECTORS.ernie_estimate)
      for (const model of ['ernie-4.5-turbo-128k', 'ERNIE-Speed-8K'])
        expect(await counter.count(text, model), text).toEqual({ tokens, exact: false });
  });

  it('K6: takes o200k_base for models without a public encoding, more of it for Claude, and calls neither exact', async () => {
    const text = 'It was a dark and stormy night, and the rain fell in torrents. '.repeat(8);
    const { tokens } = await counter.count(text, 'gpt-4o');
    for (const model of ['qwen-max', 'deepseek-chat', 'my-model'])
      expect(await counter.count(text, model)).toEqual({ tokens, exact: false });
    const claude = { tokens: Math.round(1.15 * tokens), exact: false };
    for (const model of ['claude-sonnet-4-5', 'us.anthropic.claude-3-haiku', 'anthropic/claude-3'])
      expect(await counter.count(text, model)).toEqual(claude);
  });

  it('takes the spelling of a special token for text', async () => {
    expect((await counter.count('<|endoftext|>', 'gpt-4o')).tokens).toBe(7);
  });

  it('K6: counts long prose exactly, though it is cut', async () => {
    const sentence = '今天天气很好，我们去公园 walk around 👍🏽 吧。It was 3.14159, "really"?\n\n';
    const long = sentence.repeat(1_000);
    const encoder = get_encoding('o200k_base');
    const truth = encoder.encode_ordinary(long).length;
    encoder.free();
    expect(await counter.count(long, 'gpt-4o')).toEqual({ tokens: truth, exact: true });
  });

  it.each([
    ['200,000 times "a"', 'a'.repeat(200_000), 25_000],
    ['a megabyte without a space', 'YWJj+/9'.repeat(150_000), undefined],
    ['nothing but halves of characters', '\ud800'.repeat(20_000), undefined],
  ])('K5: counts %s without holding up the loop', async (_name, text, truth) => {
    let turns = 0;
    let isCounting = true;
    const tick = (): void => {
      turns++;
      if (isCounting) setImmediate(tick);
    };
    setImmediate(tick);
    const { tokens, exact } = await counter.count(text, 'gpt-4o');
    isCounting = false;
    expect(turns).toBeGreaterThan(30);
    expect(tokens).toBeGreaterThan(0);
    if (truth === undefined) return;
    expect(exact).toBe(false);
    expect(Math.abs(tokens - truth) / truth).toBeLessThan(0.002);
  });

  it('that is closed while it still cuts a long text says so to whoever waits, and leaves no rejection behind', async () => {
    const closed = new Error('closed');
    const left: ((cause: Error) => void)[] = [];
    let isClosed = false;
    const closing = counterOver({
      count: () => new Promise((_resolve, reject) => (isClosed ? reject(closed) : left.push(reject))),
      close() {
        isClosed = true;
        for (const reject of left) reject(closed);
      },
    });
    const counting = expect(closing.count('word '.repeat(20_000), 'gpt-4o')).rejects.toBe(closed);
    while (left.length < 2) await new Promise((resolve) => setImmediate(resolve));
    closing.close();
    await counting;
  });
});

describe('how it cuts its work', () => {
  it('K5: cuts no more in one turn of the loop than 10,000 characters or 1,000 texts', async () => {
    const encoder = lengths();
    await counterOver(encoder).count('word '.repeat(50_000), 'gpt-4o');
    expect(encoder.calls.length).toBeGreaterThan(10);
    for (const pieces of encoder.calls) expect(pieces.join('').length).toBeLessThanOrEqual(10_000 + LONGEST_PIECE);
    encoder.calls.length = 0;
    const many = await counterOver(encoder).countAll(
      Array.from({ length: 5_000 }, () => 'x'),
      'gpt-4o',
    );
    expect(many).toEqual({ tokens: 5_000, exact: true });
    for (const pieces of encoder.calls) expect(pieces.length).toBeLessThanOrEqual(1_000);
  });

  it('K5: encodes two million characters at the most, spread over the text, and says so', async () => {
    const encoder = lengths();
    // A token a character in one half, none to speak of in the other: a sample of its beginning would be far off.
    encoder.count = function (pieces) {
      this.calls.push(pieces);
      return Promise.resolve(pieces.filter((piece) => piece.startsWith('a') || piece.startsWith(' a')).join('').length);
    };
    encoder.count = encoder.count.bind(encoder);
    const text = ' a'.repeat(2_500_000) + ' b'.repeat(2_500_000);
    const { tokens, exact } = await counterOver(encoder).count(text, 'gpt-4o');
    const encoded = encoder.calls.reduce((sum, pieces) => sum + pieces.join('').length, 0);
    expect(encoded).toBeLessThanOrEqual(2_000_000 * 1.05);
    expect(encoded).toBeGreaterThan(1_900_000);
    expect(exact).toBe(false);
    expect(Math.abs(tokens - 5_000_000) / 5_000_000).toBeLessThan(0.02);
  });

  it('M4: guesses what comes while eight million characters wait', async () => {
    const encoder = lengths();
    let release: () => void = () => undefined;
    encoder.hold = new Promise((resolve) => (release = resolve));
    const busy = counterOver(encoder);
    const long = 'one two three '.repeat(280_000);
    const waiting = [busy.count(long, 'gpt-4o'), busy.count(long, 'gpt-4o')];
    const over = await busy.count('hello world '.repeat(50_000), 'gpt-4o');
    expect(over.exact).toBe(false);
    expect(over.tokens).toBeGreaterThan(60_000);
    expect(over.tokens).toBeLessThan(200_000);
    release();
    await Promise.all(waiting);
    expect((await busy.count('hello world', 'gpt-4o')).exact).toBe(true);
    const few = Array.from({ length: 3 }, () => busy.count('one two three '.repeat(100_000), 'gpt-4o'));
    expect((await Promise.all(few)).map(({ exact }) => exact)).toEqual([true, true, true]);
  });

  it('takes one text that is longer than all that may wait', async () => {
    const { tokens } = await counterOver(lengths()).count('ab '.repeat(3_000_000), 'gpt-4o');
    expect(tokens).toBe(9_000_000);
  });

  it('K5: goes over texts by rule in turns, too', async () => {
    let turns = 0;
    let isCounting = true;
    const tick = (): void => {
      turns++;
      if (isCounting) setImmediate(tick);
    };
    setImmediate(tick);
    const { tokens } = await counter.count('你好 hello '.repeat(100_000), 'ernie-4.0');
    isCounting = false;
    expect(turns).toBeGreaterThanOrEqual(44);
    expect(Math.abs(tokens - 225_000)).toBeLessThan(100);
  });
});
