import { maskKeyShapes } from './key-shapes.ts';
import { maskNamedValues } from './named-values.ts';
import type { MaskPattern } from './personal-data.ts';

/** Longest text that is logged, in letters. */
const LONGEST = 8_192;
/** A key that the end would cut in two is still known by so much of it. */
const ROOM = 1_024;

/** Makes texts safe to be read by anybody. */
export type TextMask = (text: string) => string;

/** Masks keys of all known shapes, what is named a secret, and what has one of these patterns; cuts what is long. */
export function textMask(patterns: readonly MaskPattern[] = [], longest: number = LONGEST): TextMask {
  return (text) => {
    // Cut first: no pattern has to look at megabytes.
    const bounded = text.length > longest + ROOM ? text.slice(0, longest + ROOM) : text;
    const keyless = maskNamedValues(maskKeyShapes(bounded));
    const safe = patterns.reduce((sofar, one) => sofar.replace(one.pattern, (found) => maskedBy(one, found)), keyless);
    return text.length > longest && safe.length > longest ? `${safe.slice(0, longest)}…` : safe;
  };
}

/** Where what was found is none as a whole, its beginning may be one: the number of a card, and then its code. */
function maskedBy({ name, isOne }: MaskPattern, found: string): string {
  if (!isOne || isOne(found)) return `[${name}]`;
  for (let end = found.length - 1; end > 0; end--)
    if (/[- ]/.test(found[end] ?? '') && isOne(found.slice(0, end))) return `[${name}]${found.slice(end)}`;
  return found;
}
