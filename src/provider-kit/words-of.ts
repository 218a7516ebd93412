import type { ErrorDetails } from '../errors.ts';
import { masked } from './mask.ts';
import type { Secret } from './secret.ts';

/** Longest piece of an unreadable answer that is kept, in characters. */
const MAX_EXCERPT_LENGTH = 200;

/** Text without markup. Only the beginning counts, so that this costs little on a page of any size. */
export function wordsOf(text: string): string {
  const start = text.slice(0, 4000);
  if (!start.trimStart().startsWith('<')) return start;
  return start
    .replace(/<(style|script)[\s\S]*?(?:<\/\1>|$)/gi, ' ')
    .replace(/<[^>]*(?:>|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The beginning of an answer that cannot be read, without markup and keys, for the details of its error. */
export function excerptOf(text: string, key: Secret | undefined): Pick<ErrorDetails, 'providerMessage'> {
  const words = masked(wordsOf(text), key).slice(0, MAX_EXCERPT_LENGTH);
  return words === '' ? {} : { providerMessage: words };
}
