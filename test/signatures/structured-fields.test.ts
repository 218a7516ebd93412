import fc from 'fast-check';
import {
  type BareItem as TheirItem,
  type InnerList,
  isInnerList,
  parseDictionary as theirs,
  Token,
} from 'structured-headers';
import { describe, expect, it } from 'vitest';

import { type BareItem, type Item, type Member, parseDictionary } from '../../src/signatures/structured-fields.ts';

/** What a field says, in one shape for both readers. */
function ours(text: string): unknown {
  const shapeOf = ({ kind, value }: BareItem): unknown =>
    kind === 'token' ? { token: value } : kind === 'bytes' ? { bytes: Buffer.from(value).toString('hex') } : value;
  const parametersOf = ({ parameters }: Item | Member): unknown =>
    [...parameters].map(([name, value]) => [name, shapeOf(value)]);
  const itemOf = (item: Item): unknown => [shapeOf(item.value), parametersOf(item)];
  return [...parseDictionary(text)].map(([name, member]) => [
    name,
    'items' in member ? [member.items.map(itemOf), parametersOf(member)] : itemOf(member),
  ]);
}

function asTheyReadIt(text: string): unknown {
  const shapeOf = (value: TheirItem): unknown => {
    if (value instanceof Token) return { token: value.toString() };
    if (value instanceof ArrayBuffer) return { bytes: Buffer.from(value).toString('hex') };
    return value;
  };
  const parametersOf = (parameters: ReadonlyMap<string, TheirItem>): unknown =>
    [...parameters].map(([name, value]) => [name, shapeOf(value)]);
  const listOf = ([items, parameters]: InnerList): unknown => [
    items.map(([value, own]) => [shapeOf(value), parametersOf(own)]),
    parametersOf(parameters),
  ];
  return [...theirs(text)].map(([name, member]) => [
    name,
    isInnerList(member) ? listOf(member) : [shapeOf(member[0]), parametersOf(member[1])],
  ]);
}

const name = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,5}$/);
const value = fc.oneof(
  fc.stringMatching(/^[ !#-[\]-~]{0,8}$/).map((text) => `"${text}"`),
  fc.constant('"a \\"b\\" \\\\"'),
  fc.stringMatching(/^[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]{0,8}$/),
  fc.maxSafeInteger().map((number) => String(number % 1e15)),
  fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 9 })).map((parts) => parts.join('.')),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => `:${Buffer.from(bytes).toString('base64')}:`),
  fc.constantFrom('?0', '?1'),
);
const parameters = fc
  .uniqueArray(fc.tuple(name, fc.option(value)), { selector: ([own]) => own, maxLength: 3 })
  .map((all) => all.map(([own, set]) => (set === null ? `;${own}` : `; ${own}=${set}`)).join(''));
const item = fc.tuple(value, parameters).map((parts) => parts.join(''));
const list = fc.tuple(fc.array(item, { maxLength: 4 }), parameters).map(([all, own]) => `( ${all.join('  ')} )${own}`);
const member = fc.oneof(
  item.map((text) => `=${text}`),
  list.map((text) => `=${text}`),
  parameters,
);
const dictionary = fc
  .tuple(
    fc.uniqueArray(fc.tuple(name, member), { selector: ([own]) => own, maxLength: 4 }),
    fc.constantFrom(',', ', ', ' ,\t', '\t, '),
  )
  .map(([members, comma]) => members.map((parts) => parts.join('')).join(comma));

describe('parseDictionary', () => {
  it('reads what structured-headers reads, and sees the same in it', () => {
    fc.assert(
      fc.property(dictionary, (text) => {
        expect(ours(text)).toEqual(asTheyReadIt(text));
      }),
      { numRuns: 300 },
    );
  });

  it('takes nothing that structured-headers refuses', () => {
    const spoilt = fc
      .tuple(dictionary, fc.nat(), fc.constantFrom('', '"', '(', ')', ';', '=', ',', ' ', ':', '?', 'A', '\n', 'é'))
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      });
    const readBy = (read: (text: string) => unknown, text: string): unknown => {
      try {
        return read(text);
      } catch {
        return undefined;
      }
    };
    fc.assert(
      fc.property(spoilt, (text) => {
        const read = readBy(ours, text);
        if (read !== undefined) expect(read).toEqual(readBy(asTheyReadIt, text));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what was written of a member', () => {
    const read = parseDictionary('a=("x"  "y");created=1 , b;c=?0,d=:AQ==:');
    expect([...read].map(([own, { text }]) => [own, text])).toEqual([
      ['a', '("x"  "y");created=1'],
      ['b', ';c=?0'],
      ['d', ':AQ==:'],
    ]);
  });

  it.each([
    ['a name twice', 'a=1, a=2'],
    ['a parameter twice', 'a=1;b=2;b=3'],
    ['bytes with bits that say nothing', 'a=:AR==:'],
    ['bytes without their padding', 'a=:AQ:'],
    ['a list that does not end', 'a=("x"'],
    ['items without a space between them', 'a=("x""y")'],
    ['a comma at the end', 'a=1,'],
    ['no comma', 'a=1 b=2'],
    ['a number that is too long', 'a=1234567890123456'],
    ['a name in upper case', 'A=1'],
    ['a space before a parameter', 'a=1 ;b'],
  ])('refuses %s, and quotes nothing', (_what, text) => {
    expect(() => parseDictionary(text)).toThrow(SyntaxError);
    expect(() => parseDictionary(text)).toThrow(/^expected [a-z ]+ at character \d+$/);
  });
});
