import { HIDDEN } from '../masking/key-shapes.ts';
import { textMask } from '../masking/text-mask.ts';
import type { Secret } from './secret.ts';

/** Longest text of a provider's that is kept in an error, in characters. */
const MAX_MESSAGE_LENGTH = 500;

const safe = textMask([], MAX_MESSAGE_LENGTH);

/** A provider's words, safe to keep: bounded, and with `[secret]` for our key and for whatever looks like one. */
export function masked(text: string, key?: Secret): string {
  const value = key?.reveal() ?? '';
  // Cut first: a pattern never has to look at megabytes. Room is left for a key that straddles the end.
  const bounded = text.slice(0, MAX_MESSAGE_LENGTH * 4);
  return safe(value === '' ? bounded : bounded.replaceAll(value, HIDDEN)).trim();
}
