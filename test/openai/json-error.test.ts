import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOfJsonError } from '../../src/openai/json-error.ts';
import { oddObject } from './odd-json.ts';

describe('placeOfJsonError', () => {
  it.each([
    ['', 1, 1],
    ['  ', 1, 3],
    ['{', 1, 2],
    ['[1,', 1, 4],
    ['[1,]', 1, 4],
    ['[,1]', 1, 2],
    ['[1 2]', 1, 4],
    ['[1}', 1, 3],
    ['{]', 1, 2],
    ['{"a":1,}', 1, 8],
    ['{"a" 1}', 1, 6],
    ['{"a":}', 1, 6],
    ['{"a",1}', 1, 5],
    ['{a:1}', 1, 2],
    ["{'a':1}", 1, 2],
    ['{1:1}', 1, 2],
    ['{"a":1}}', 1, 8],
    ['{"a":1} x', 1, 9],
    ['1 2', 1, 3],
    ['"a', 1, 3],
    ['"a\nb"', 1, 3],
    ['"a\\x"', 1, 3],
    ['"a\\u12g4"', 1, 3],
    ['"a\\', 1, 3],
    ['[tru]', 1, 2],
    ['[truely]', 1, 2],
    ['[01]', 1, 2],
    ['[1.]', 1, 2],
    ['[+1]', 1, 2],
    ['[-]', 1, 2],
    ['[NaN]', 1, 2],
    ['{\n  "a": 1,\r\n  "b": oops\n}', 3, 8],
    ['\uFEFF{}', 1, 1],
    ['[1]//', 1, 4],
  ])('%j is wrong at line %i, column %i', (text, line, column) => {
    expect(() => void JSON.parse(text)).toThrow();
    expect(placeOfJsonError(text)).toEqual({ line, column });
  });

  it('finds nothing wrong in JSON', () => {
    fc.assert(
      fc.property(fc.oneof(oddObject(['a']), fc.json()), (text) => {
        expect(() => void JSON.parse(text)).not.toThrow();
        expect(placeOfJsonError(text)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with the engine about every text', () => {
    const damaged = fc.tuple(
      oddObject(['a']),
      fc.nat(),
      fc.constantFrom('', '"', '\\', '{', '}', ',', ':', 'x', '\n', '0'),
    );
    fc.assert(
      fc.property(damaged, ([text, at, insert]) => {
        const place = at % (text.length + 1);
        const wrong = text.slice(0, place) + insert + text.slice(place + (insert === '' ? 1 : 0));
        expect(placeOfJsonError(wrong) === undefined).toBe(isJson(wrong));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes any depth and length', () => {
    expect(placeOfJsonError('['.repeat(200_000))).toEqual({ line: 1, column: 200_001 });
    expect(placeOfJsonError(`["${'x\\n'.repeat(300_000)}`)).toEqual({ line: 1, column: 900_003 });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
