import { HIDDEN } from '../masking/key-shapes.ts';
import { textMask } from '../masking/text-mask.ts';
import type { Secret } from './secret.ts';

/** Longest text of a provider's that is kept in an error, in characters. */
const MAX_MESSAGE_LENGTH = 500;

const safe = textMask([], MAX_MESSAGE_LENGTH);

/** Shorter values are words, which would be missing everywhere. */
const SHORTEST_HIDDEN = 8;
const MOST_HIDDEN = 1_000;

/** Values of headers that providers are sent: they are read by many hands, and belong in nobody's words. */
const hidden = new Set<string>();

/** From now on this is in no words of a provider that are kept: what its owner puts into headers may be a key. */
export function hideFromWords(value: string): void {
  if (value.length < SHORTEST_HIDDEN) return;
  hidden.delete(value);
  hidden.add(value);
  const [oldest] = hidden;
  if (hidden.size > MOST_HIDDEN && oldest !== undefined) hidden.delete(oldest);
}

/** A provider's words, safe to keep: bounded, and with `[secret]` for our key and for whatever looks like one. */
export function masked(text: string, key?: Secret): string {
  const value = key?.reveal() ?? '';
  // Cut first: a pattern never has to look at megabytes. Room is left for a key that straddles the end.
  const bounded = text.slice(0, MAX_MESSAGE_LENGTH * 4);
  let own = value === '' ? bounded : bounded.replaceAll(value, HIDDEN);
  for (const secret of hidden) if (own.includes(secret)) own = own.replaceAll(secret, HIDDEN);
  return safe(own).trim();
}
