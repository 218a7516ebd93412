import fc from 'fast-check';
import { get_encoding, type Tiktoken } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';

import { LONGEST_PIECE, piecesOf } from '../../../src/defaults/tokens/cut-text.ts';

const encoders = (['o200k_base', 'cl100k_base', 'p50k_base', 'r50k_base'] as const).map((name) => get_encoding(name));
afterAll(() => {
  for (const encoder of encoders) encoder.free();
});

/** Characters that encodings treat each in a way of its own. */
const TRICKY = [
  ...Array.from('aBé\u0301123\u0663½²Ⅷ \n\t\u00a0\u3000\u2028.,，。\'’-/_("中文字ก็ानʰǅªがー\u200d'),
  '\r\n',
  "'s",
  "'S",
  '//',
  '😀',
  '👩‍👩‍👧',
  '\ud800',
  '\udc00',
];

const trickyText = fc.array(fc.constantFrom(...TRICKY), { maxLength: 14 }).map((parts) => parts.join(''));

function tokensOf(encoder: Tiktoken, text: string): number {
  return encoder.encode_ordinary(text).length;
}

describe('piecesOf', () => {
  it('K6: cuts where every encoding breaks anyway, so that the tokens of the pieces are those of the text', () => {
    let cut = 0;
    fc.assert(
      fc.property(trickyText, fc.integer({ min: 2, max: 6 }), (text, longest) => {
        const pieces = [...piecesOf(text, longest)];
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
        if (!pieces.every(({ isClean }) => isClean)) return;
        if (pieces.length > 1) cut++;
        for (const encoder of encoders) {
          const sum = pieces.reduce((tokens, piece) => tokens + tokensOf(encoder, piece.text), 0);
          expect(sum, JSON.stringify(text)).toBe(tokensOf(encoder, text));
        }
      }),
      { numRuns: 10_000 },
    );
    expect(cut).toBeGreaterThan(500);
  });

  it('K5: bounds every piece, whatever the text', () => {
    const words = fc.constantFrom(
      'a'.repeat(700),
      '的'.repeat(700),
      '😀'.repeat(400),
      '\ud800'.repeat(600),
      ' '.repeat(999),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, trickyText), { maxLength: 6 }), (parts) => {
        const text = parts.join('');
        const pieces = [...piecesOf(text)];
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
        for (const piece of pieces) expect(piece.text.length).toBeLessThanOrEqual(LONGEST_PIECE);
      }),
    );
  });

  it.each([
    ['a word without an end', 'a'.repeat(2_000)],
    ['Chinese without a mark', '今天天气很好我们去公园'.repeat(100)],
    ['faces without a space', '😀'.repeat(1_000)],
    ['faces in odd places', `a${'😀'.repeat(1_000)}`],
  ])('says that %s was cut inside, and hurts no character', (_name, text) => {
    const pieces = [...piecesOf(text)];
    expect(pieces.some(({ isClean }) => !isClean)).toBe(true);
    for (const piece of pieces) expect(piece.text).not.toMatch(/\p{Cs}/u);
  });

  it.each([
    ['prose', 'It was a dark and stormy night, and the rain fell. '.repeat(50)],
    ['Chinese with marks', '今天天气很好，我们去公园玩吧。'.repeat(100)],
    ['base64', Buffer.from(Array.from({ length: 3_000 }, (_, place) => (place * 131) % 251)).toString('base64')],
    ['faces with spaces', '😀 '.repeat(1_000)],
    ['numbers', '3.14159,'.repeat(200)],
    ['code', 'if(a[i]>b){c(d,"e");}\n'.repeat(80)],
  ])('finds places to cut in %s', (_name, text) => {
    expect([...piecesOf(text)].every(({ isClean }) => isClean)).toBe(true);
  });
});
