import { randomUUID } from 'node:crypto';

import { printJson } from '../openai/print-json.ts';

/** Stands before a number that is kept as text; random, so that no text of a user's can be taken for one. */
const MARK = `number-${randomUUID()}:`;

/** What may be a number, and what is one; the rest is left for `JSON.parse` to refuse. */
const MAYBE_NUMBER = /-?\d[-+.\deE]*/g;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const MARKED = new RegExp(`"${MARK}(-?\\d[-+.\\deE]*)"`, 'g');

/**
 * JSON to a value without losing a digit: a number that JavaScript would print otherwise (64-bit ids, `1.0`) becomes a
 * text of its own, which `printExact` prints as the number it was. For values that are handed on, not for reckoning.
 * @throws SyntaxError as `JSON.parse` does.
 */
export function parseExact(text: string): unknown {
  const parts: string[] = [];
  // By hand: a pattern for strings runs out of stack on a long one.
  for (let at = 0; at < text.length;) {
    const start = text.indexOf('"', at);
    const end = start < 0 ? text.length : endOfString(text, start);
    const between = text.slice(at, start < 0 ? end : start);
    parts.push(between.replace(MAYBE_NUMBER, kept), start < 0 ? '' : text.slice(start, end));
    at = end;
  }
  return JSON.parse(parts.join(''));
}

/**
 * A value as JSON, with the numbers that `parseExact` kept.
 * @throws NexusError `request_invalid` for a value that JSON cannot say.
 */
export function printExact(value: unknown): string {
  return printJson(value).replace(MARKED, '$1');
}

function kept(number: string): string {
  return String(Number(number)) === number || !NUMBER.test(number) ? number : `"${MARK}${number}"`;
}

/** Behind the quote that closes a string; the end of the text where none does. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote > 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote + 1;
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, place: number): boolean {
  let before = place - 1;
  while (text[before] === '\\') before--;
  return (place - before) % 2 === 0;
}
