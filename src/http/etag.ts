import { NexusError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

/** The `ETag` of something that has a version: any number or plain text that changes with it. */
export function etagOf(version: string | number): string {
  return `"${String(version)}"`;
}

/**
 * Whether something may be changed, as it stands now: `etag`, or `undefined` where it does not exist. To be asked for
 * the very version that the change then goes out from.
 *
 * - `If-Match: "3"` or `"3", "4"`: only while it is that. `*`: only if it exists.
 * - `If-None-Match: *`: only if it does not exist yet; a list: only while it is none of these.
 *
 * By RFC 9110 a weak tag (`W/"3"`) matches no `If-Match`, and one in `If-None-Match` matches as if it were not weak.
 * @throws NexusError `precondition_failed`; `request_invalid` for a header that is no list of tags
 */
export function checkPreconditions(exchange: Pick<Exchange, 'header'>, etag: string | undefined): void {
  const match = tagsIn(exchange, 'if-match');
  if (match && !isAmong(match, etag, 'strong')) {
    const weak = match !== '*' && match.some((tag) => tag.startsWith('W/') && tag.slice(2) === etag);
    throw failed(
      weak
        ? 'If-Match has a weak ETag, which cannot stand for a change. Something on the way, such as compression, weakened it: send it without "W/".'
        : etag === undefined
          ? 'There is nothing here that If-Match could fit.'
          : 'This was changed since it was read. Read it again, and send the change with the ETag it has now.',
    );
  }
  const noneMatch = tagsIn(exchange, 'if-none-match');
  if (noneMatch && isAmong(noneMatch, etag, 'weak'))
    throw failed(
      noneMatch === '*'
        ? 'This exists already, and If-None-Match says that it must not.'
        : 'This is as If-None-Match says that it must not be.',
    );
}

const TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

function tagsIn(exchange: Pick<Exchange, 'header'>, name: string): '*' | readonly string[] | undefined {
  const text = exchange.header(name)?.trim();
  if (text === undefined) return undefined;
  if (text === '*') return '*';
  // Tags of others may hold commas; ours do not.
  const tags = text.split(/\s*,\s*/).filter((tag) => tag !== '');
  if (tags.length > 0 && tags.every((tag) => TAG.test(tag))) return tags;
  const example = 'such as "3", with its quotes';
  throw new NexusError('request_invalid', `The header ${name} must be * or a list of ETags, ${example}.`, {
    param: name,
  });
}

function isAmong(tags: '*' | readonly string[], etag: string | undefined, how: 'strong' | 'weak'): boolean {
  if (etag === undefined) return false;
  if (tags === '*') return true;
  return tags.some((tag) => tag === etag || (how === 'weak' && tag.startsWith('W/') && tag.slice(2) === etag));
}

function failed(message: string): NexusError {
  return new NexusError('precondition_failed', message);
}
