/** A value of a structured field (RFC 8941). Decimals are not told from integers by their value: `1.0` is no `1`. */
export type BareItem =
  | { readonly kind: 'string' | 'token'; readonly value: string }
  | { readonly kind: 'integer' | 'decimal'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'boolean'; readonly value: boolean };

/** What follows a value after semicolons. */
export type Parameters = ReadonlyMap<string, BareItem>;

/** A value with its parameters. */
export interface Item {
  readonly value: BareItem;
  readonly parameters: Parameters;
}

/** What stands behind a name of a dictionary, and how it was written. */
export type Member = (Item | { readonly items: readonly Item[]; readonly parameters: Parameters }) & {
  readonly text: string;
};

/** The ways to write each kind of value, told apart by their first character. */
const FORMS: readonly (readonly [form: RegExp, itemOf: (text: string) => BareItem | undefined])[] = [
  [/"(?:[ !#-[\]-~]|\\["\\])*"/y, (text) => ({ kind: 'string', value: text.slice(1, -1).replace(/\\(.)/g, '$1') })],
  [/[A-Za-z*][\w!#$%&'*+.^`|~:/-]*/y, (text) => ({ kind: 'token', value: text })],
  [/-?\d{1,15}(?![\d.])/y, (text) => ({ kind: 'integer', value: Number(text) })],
  [/-?\d{1,12}\.\d{1,3}(?!\d)/y, (text) => ({ kind: 'decimal', value: Number(text) })],
  [/:[A-Za-z0-9+/=]*:/y, bytesOf],
  [/\?[01]/y, (text) => ({ kind: 'boolean', value: text === '?1' })],
];

const KEY = /[a-z*][a-z0-9_.*-]*/y;
const COMMA = /[ \t]*,[ \t]*/y;
const SPACES = / */y;

/**
 * Reads a dictionary of RFC 8941. Stricter than that where two readers could see different things: no name comes twice,
 * and bytes have one way to be written.
 * @throws SyntaxError telling where; it quotes nothing.
 */
export function parseDictionary(text: string): ReadonlyMap<string, Member> {
  const reader = new Reader(text);
  const members = new Map<string, Member>();
  reader.skip(SPACES);
  while (!reader.isAtEnd()) {
    const name = reader.take(KEY, 'a name');
    if (members.has(name)) reader.fail('a name that was not there before');
    members.set(name, memberFrom(reader));
    reader.skip(SPACES);
    if (reader.isAtEnd()) break;
    reader.take(COMMA, 'a comma');
    if (reader.isAtEnd()) reader.fail('another member after the comma');
  }
  return members;
}

function memberFrom(reader: Reader): Member {
  const hasValue = reader.skip(/=/y);
  const start = reader.at;
  if (!hasValue) {
    const value = { kind: 'boolean', value: true } as const;
    return { value, parameters: parametersFrom(reader), text: reader.since(start) };
  }
  const member = reader.skip(/\(/y)
    ? { items: itemsFrom(reader), parameters: parametersFrom(reader) }
    : itemFrom(reader);
  return { ...member, text: reader.since(start) };
}

/** The rest of an inner list, behind its opening bracket. */
function itemsFrom(reader: Reader): Item[] {
  const items: Item[] = [];
  for (;;) {
    const isApart = reader.skip(/ +/y);
    if (reader.skip(/\)/y)) return items;
    if (!isApart && items.length > 0) reader.fail('a space or a bracket');
    items.push(itemFrom(reader));
  }
}

function itemFrom(reader: Reader): Item {
  return { value: bareItemFrom(reader), parameters: parametersFrom(reader) };
}

function parametersFrom(reader: Reader): Parameters {
  const parameters = new Map<string, BareItem>();
  while (reader.skip(/; */y)) {
    const name = reader.take(KEY, 'the name of a parameter');
    if (parameters.has(name)) reader.fail('a parameter that was not there before');
    parameters.set(name, reader.skip(/=/y) ? bareItemFrom(reader) : { kind: 'boolean', value: true });
  }
  return parameters;
}

function bareItemFrom(reader: Reader): BareItem {
  for (const [form, itemOf] of FORMS) {
    const text = reader.tryTake(form);
    const item = text === undefined ? undefined : itemOf(text);
    if (item) return item;
    if (text !== undefined) break;
  }
  return reader.fail('a value');
}

function bytesOf(text: string): BareItem | undefined {
  const value = Buffer.from(text.slice(1, -1), 'base64');
  return value.toString('base64') === text.slice(1, -1) ? { kind: 'bytes', value } : undefined;
}

/** A text and how far it was read. Patterns are sticky. */
class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    // What leads and trails belongs to nobody.
    this.#text = text.replace(/ +$/, '');
  }

  isAtEnd(): boolean {
    return this.at >= this.#text.length;
  }

  since(start: number): string {
    return this.#text.slice(start, this.at);
  }

  tryTake(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  skip(pattern: RegExp): boolean {
    return this.tryTake(pattern) !== undefined;
  }

  take(pattern: RegExp, what: string): string {
    return this.tryTake(pattern) ?? this.fail(what);
  }

  fail(what: string): never {
    throw new SyntaxError(`expected ${what} at character ${String(this.at + 1)}`);
  }
}
