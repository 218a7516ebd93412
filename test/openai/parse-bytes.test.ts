import fc from 'fast-check';
import { expect, it } from 'vitest';

import { MAX_DEPTH } from '../../src/openai/nesting.ts';
import { parseBytes } from '../../src/openai/parse-bytes.ts';

const PADDING = '新图书馆的预算 stays where it was. '.repeat(2_000);

function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function nested(levels: number): unknown {
  let value: unknown = PADDING;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

it('reads any long text as JSON.parse does, or leaves it to that', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', noUnicodeString: false }), fc.boolean(), (value, inList) => {
      const text = JSON.stringify(inList ? [value, PADDING] : { value, PADDING });
      const found = parseBytes(Buffer.from(text));
      if (found !== undefined) read++;
      expect(JSON.stringify(found ?? JSON.parse(text))).toBe(text);
    }),
    { numRuns: 50 },
  );
  expect(read).toBeGreaterThan(10);
});

it.each([
  ['quotes, slashes and controls', { content: `"a" \\ / \n\t\b ${PADDING}` }],
  ['characters of two, three and four bytes', { content: `é ß ￿ 𠀀 👩‍👩‍👧 ${PADDING}` }],
  ['Latin-1 that is no UTF-8 by itself', { one: 'Ã©', two: 'é', three: `ÿþ ${PADDING}` }],
  ['a member of the name of a prototype', JSON.parse(`{"__proto__":"é ${PADDING}"}`)],
  ['lists in lists', [[['é', 1, null, true, PADDING]]]],
  ['as many levels as a request may have', nested(MAX_DEPTH)],
])('reads %s', (_what, value) => {
  expect(parseBytes(bytesOf(value))).toStrictEqual(value);
});

it.each([
  ['ASCII', bytesOf({ content: 'x'.repeat(100_000) })],
  ['a short text', bytesOf({ content: 'é' })],
  ['a single text', bytesOf(PADDING)],
  ['escapes that could be bytes', Buffer.from(`{"a":"\\u00e9","b":"${PADDING}"}`)],
  ['names that are not ASCII', bytesOf({ é: 1, content: PADDING })],
  ['too many levels', bytesOf(nested(MAX_DEPTH + 1))],
  ['what is not JSON', Buffer.from(`{"content":"${PADDING}"`)],
  ['what is not UTF-8', Buffer.concat([Buffer.from(`{"content":"${PADDING}`), Buffer.from([0xe9]), Buffer.from('"}')])],
  ['what is not ASCII outside its texts', Buffer.from(`{"content":"${PADDING}"}\u00a0`)],
])('leaves %s to JSON.parse', (_what, bytes) => {
  expect(parseBytes(bytes)).toBeUndefined();
});
