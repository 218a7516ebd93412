import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GAP, MARGIN, moveWithoutSpace } from '../../../src/defaults/conversation/without-space.ts';

const SPACES = /[\0-\u0020\u00a0\u2000-\u200b\u2028\u2029\u202f\u3000]/g;
const SPACE = [' ', '\n', '\t', '\r\n', '\0', '\u00a0', '\u2000', '\u200b', '\u2028', '\u2029', '\u202f', '\u3000'];
/** Beside what is a space: those that begin as one does, and some of every length. */
const OTHER = [
  '!',
  'a',
  'word',
  '\u007f',
  '\u0085',
  '¡',
  'é',
  'я',
  '\u200c',
  '“',
  '。',
  '、',
  '中',
  '文',
  '\ufeff',
  '😀',
];

const BEFORE = 'user\n';

function moved(text: string): string {
  const bytes = Buffer.alloc(BEFORE.length + GAP + Buffer.byteLength(text) + MARGIN, 'x');
  const target = bytes.write(BEFORE);
  const start = target + GAP;
  const end = moveWithoutSpace(new DataView(bytes.buffer), start, start + bytes.write(text, start), target);
  return bytes.toString('utf8', 0, end);
}

it('N2: leaves out white space of any kind, anywhere, and nothing else', () => {
  const pieces = fc.array(fc.oneof(fc.constantFrom(...SPACE), fc.constantFrom(...OTHER)), { maxLength: 60 });
  fc.assert(
    fc.property(pieces, (all) => {
      const text = all.join('');
      expect(moved(text)).toBe(BEFORE + text.replace(SPACES, ''));
    }),
    { numRuns: 2_000 },
  );
});

it('N2: takes every character for what it is', () => {
  const mistaken: number[] = [];
  for (let code = 0; code <= 0xffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCharCode(code);
    if (moved(`a${character}b`) !== `${BEFORE}a${character.replace(SPACES, '')}b`) mistaken.push(code);
  }
  expect(mistaken).toEqual([]);
});
