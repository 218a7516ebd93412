/** Where a member of a JSON object stands in its text. */
export interface MemberSpan {
  /** Its name, unescaped; `undefined` when it is none of those asked for. */
  readonly name: string | undefined;
  /** Whether the text writes the name with escapes. */
  readonly isEscaped: boolean;
  /** Place of the name's first quote. */
  readonly start: number;
  /** Place after the value. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** So far a loop finds the end of a string sooner than a native search is called. */
const NEAR = 48;

/**
 * The members of the object that a JSON text holds, in the order they stand there, each occurrence of a name; those in
 * `names` by name. `undefined` when the text holds no object. The text must be valid JSON (it was parsed before): a text
 * that is not may give any spans.
 */
export function membersOf(bytes: Buffer, names: readonly string[]): readonly MemberSpan[] | undefined {
  const members: MemberSpan[] = [];
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN_BRACE) return undefined;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const start = at;
    const nameEnd = stringEnd(bytes, at);
    const colon = skipSpace(bytes, nameEnd);
    if (bytes[colon] !== COLON) return undefined;
    const end = valueEnd(bytes, skipSpace(bytes, colon + 1));
    members.push(memberAt(bytes, start, nameEnd, end, names));
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
  return bytes[at] === CLOSE_BRACE ? members : undefined;
}

function memberAt(bytes: Buffer, start: number, nameEnd: number, end: number, names: readonly string[]): MemberSpan {
  const quoted = bytes.toString('utf8', start, nameEnd);
  const isEscaped = quoted.includes('\\');
  const name: unknown = isEscaped ? JSON.parse(quoted) : quoted.slice(1, -1);
  return { name: typeof name === 'string' && names.includes(name) ? name : undefined, isEscaped, start, end };
}

/** Place after the value that begins at `start`. */
export function valueEnd(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return stringEnd(bytes, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nestedEnd(bytes, start);
  let at = start;
  while (at < bytes.length && !endsScalar(bytes[at])) at++;
  return at;
}

function nestedEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  return at;
}

/**
 * Place after the string that begins at `start`. Long stretches without a quote are searched natively, texts full of
 * quotes by hand: either alone is many times slower on the other kind.
 */
function stringEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length) {
    const near = Math.min(at + NEAR, bytes.length);
    while (at < near) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      at += byte === BACKSLASH ? 2 : 1;
    }
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) return bytes.length;
    if (!isEscaped(bytes, quote, at)) return quote + 1;
    at = quote + 1;
  }
  return bytes.length;
}

/** Whether an odd number of backslashes stands before this place; those before `from` are paired already. */
function isEscaped(bytes: Buffer, place: number, from: number): boolean {
  let at = place;
  while (at > from && bytes[at - 1] === BACKSLASH) at--;
  return (place - at) % 2 === 1;
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  while (isSpace(bytes[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}
