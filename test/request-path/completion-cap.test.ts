import { describe, expect, it } from 'vitest';
import type { Limiter } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import { CompletionCap } from '../../src/completion-cap.ts';
import { harness, PLAIN, readAll, STREAM } from './harness.ts';

describe('CompletionCap', () => {
  it.each([
    ['12345678', '9'],
    ['你好', '!'],
    ['1234好', '.'],
  ])('takes four narrow characters for a token, and each wide one: %s', (fits, more) => {
    const cap = new CompletionCap(2);
    cap.add(fits);
    expect(() => cap.check()).not.toThrow();
    cap.add(more);
    expect(() => cap.check()).toThrow(expect.objectContaining({ code: 'budget_exhausted' }));
  });
});

describe('L10: an answer that may have so many tokens', () => {
  const limiter: Limiter = { acquire: () => ({ mostCompletionTokens: 3, settle: () => undefined }) };
  const word = (content: string): { yields: ReturnType<typeof chunkOf> } => ({ yields: chunkOf({ content }) });
  const stop = { yields: chunkOf({ finish: 'stop' }) };

  it('is cut off where it has more, told so, and stops its provider', async () => {
    const words = ['word', 'word', 'word', 'word', 'never', 'never'].map(word);
    const provider = scriptedProvider({ streams: [...words, stop] });
    const { hub } = harness({ provider }, { limiter });
    const { text, error } = await readAll(await hub.chat.completions.create(STREAM));
    expect(text).toBe('word'.repeat(4));
    expect(error).toMatchObject({ code: 'budget_exhausted' });
    expect(provider.calls[0]?.ended).toBe('returned');
    expect(provider.calls.length).toBe(1);
  });

  it('is whole where it has no more, or has it all at once', async () => {
    const exact = scriptedProvider({ streams: [word('word'), word('word'), word('word'), stop] });
    const { text, error } = await readAll(await harness({ exact }, { limiter }).hub.chat.completions.create(STREAM));
    expect([text, error]).toEqual(['word'.repeat(3), undefined]);
    const long = scriptedProvider({ says: 'word '.repeat(100) });
    const { hub } = harness({ long }, { limiter });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('word '.repeat(100));
    const whole = scriptedProvider({ completes: await hub.chat.completions.create(PLAIN) });
    const read = await readAll(await harness({ whole }, { limiter }).hub.chat.completions.create(STREAM));
    expect([read.text, read.error]).toEqual(['word '.repeat(100), undefined]);
  });

  it('is not gone on with by another provider', async () => {
    const main = scriptedProvider({ streams: [...Array.from({ length: 9 }, () => word('word')), stop] });
    const spare = scriptedProvider({ says: 'and more' });
    const { hub } = harness({ main, spare }, { limiter, routing: { continuation: 'marked' } });
    const { error } = await readAll(await hub.chat.completions.create(STREAM));
    expect(error).toMatchObject({ code: 'budget_exhausted' });
    expect(spare.calls).toEqual([]);
  });
});
