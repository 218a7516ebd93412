/** A place in a text, counted from 1 as editors do; columns in UTF-16 units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** What may come next. */
type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

const MAY_BE_VALUE: ReadonlySet<Expected> = new Set<Expected>(['value', 'value or end']);
const MAY_BE_NAME: ReadonlySet<Expected> = new Set<Expected>(['name', 'name or end']);

const SPACE = /[ \t\r\n]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/**
 * Where a text stops being JSON. The engine's own message says this for some mistakes only, and quotes the text, which
 * no error of ours may do. `undefined` when the text is JSON.
 */
export function placeOfJsonError(text: string): TextPlace | undefined {
  const at = offsetOfJsonError(text);
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function offsetOfJsonError(text: string): number | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = endOf(SPACE, text, at) ?? at;
    const character = text[at];
    if (character === undefined) return expected === 'nothing' ? undefined : at;
    if (character === '"' && (MAY_BE_VALUE.has(expected) || MAY_BE_NAME.has(expected))) {
      at = stringStop(text, at + 1);
      if (text[at] !== '"') return at;
      expected = MAY_BE_NAME.has(expected) ? 'colon' : afterValue(open);
      at++;
    } else {
      const next = afterSign(character, expected, open);
      const end: number | undefined = next ? at + 1 : MAY_BE_VALUE.has(expected) ? endOf(SCALAR, text, at) : undefined;
      if (end === undefined) return at;
      expected = next ?? afterValue(open);
      at = end;
    }
  }
}

/** What may come after a bracket, comma or colon; `undefined` when it is none, or may not stand here. */
function afterSign(character: string, expected: Expected, open: string[]): Expected | undefined {
  if (character === '{' || character === '[') {
    if (!MAY_BE_VALUE.has(expected)) return undefined;
    open.push(character);
    return character === '{' ? 'name or end' : 'value or end';
  }
  if (character === '}' || character === ']') {
    const isFirst = expected === (character === '}' ? 'name or end' : 'value or end');
    const isLast = expected === 'comma or end' && open.at(-1) === (character === '}' ? '{' : '[');
    if (!isFirst && !isLast) return undefined;
    open.pop();
    return afterValue(open);
  }
  if (character === ',' && expected === 'comma or end') return open.at(-1) === '{' ? 'name' : 'value';
  return character === ':' && expected === 'colon' ? 'value' : undefined;
}

function afterValue(open: readonly string[]): Expected {
  return open.length > 0 ? 'comma or end' : 'nothing';
}

/** Place of the closing quote, or of what may not stand in a string. */
function stringStop(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = endOf(PLAIN, text, at) ?? at;
    const end = endOf(ESCAPE, text, at);
    if (end === undefined) return at;
    at = end;
  }
}

/** Where a sticky pattern that matches at `start` ends. */
function endOf(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
