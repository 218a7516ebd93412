import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { TextDigests } from '../../src/defaults/conversation/text-digest.ts';
import { beginTexts, bytesOfDecoded, decodeLatin1 } from '../../src/openai/decoded-texts.ts';

const latin1Of = (text: string): string => Buffer.from(text).toString('latin1');
const TEXT = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 });
const TEXTS = fc.uniqueArray(TEXT, { maxLength: 12 });

describe('texts that were decoded', () => {
  it('are what their UTF-8 says, which is there once, in their order', () => {
    fc.assert(
      fc.property(TEXTS, fc.func(fc.boolean()), (texts, isAskedFor) => {
        beginTexts();
        for (const text of texts) expect(decodeLatin1(latin1Of(text))).toBe(text);
        for (const text of texts.filter(isAskedFor)) {
          expect(bytesOfDecoded(text)?.toString()).toBe(text);
          expect(bytesOfDecoded(text)).toBeUndefined();
        }
      }),
    );
  });

  it('of another request have no bytes any more', () => {
    beginTexts();
    decodeLatin1(latin1Of('图书馆'));
    beginTexts();
    expect(bytesOfDecoded('图书馆')).toBeUndefined();
    decodeLatin1(latin1Of('会议'));
    expect(bytesOfDecoded('图书馆')).toBeUndefined();
    expect(bytesOfDecoded('会议')?.toString()).toBe('会议');
  });

  it('are none where they are not UTF-8', () => {
    beginTexts();
    expect(decodeLatin1('caf\xe9')).toBeUndefined();
    expect(decodeLatin1(latin1Of('café'))).toBe('café');
    expect(bytesOfDecoded('café')?.toString()).toBe('café');
  });

  it('longer than all that is kept are decoded all the same', () => {
    const text = '图书馆'.repeat(50_000);
    beginTexts();
    expect(decodeLatin1(latin1Of(text))).toBe(text);
    expect(bytesOfDecoded(text)).toBeUndefined();
  });

  it('have the digests that they have at any other time', () => {
    fc.assert(
      fc.property(TEXTS, (texts) => {
        const digestsOf = (digests: TextDigests): readonly string[] => texts.map((text) => digests.plain('user', text));
        beginTexts();
        const plain = digestsOf(new TextDigests());
        for (const text of texts) decodeLatin1(latin1Of(text));
        expect(digestsOf(new TextDigests())).toEqual(plain);
      }),
    );
  });
});
