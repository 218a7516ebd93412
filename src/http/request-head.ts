import { randomUUID } from 'node:crypto';
import type { CacheWish } from '../cache-wish.ts';
import { CACHE_WISH_RULE, isCacheWish } from '../cache-wish.ts';
import { NexusError } from '../errors.ts';
import type { Credentials } from '../ports/index.ts';
import { isPriority, PRIORITY_RULE } from '../priority.ts';
import type { Exchange } from './exchange.ts';

/** Ids that callers choose: they come back as headers and go into logs. */
const PLAIN_ID = /^[\x21-\x7e]{1,128}$/;

/** Where a request goes: its path and what follows the `?`. */
export interface RequestPlace {
  readonly path: string;
  readonly query: string;
}

/** Splits a request target by hand (`new URL` costs more than the rest of the head), also in its absolute form. */
export function placeOf(url: string, prefix: string): RequestPlace {
  const local = url.startsWith('/') ? url : withoutOrigin(url);
  const mark = local.search(/[?#]/);
  const path = mark < 0 ? local : local.slice(0, mark);
  const query = mark >= 0 && local[mark] === '?' ? (local.slice(mark + 1).split('#', 1)[0] ?? '') : '';
  if (prefix === '') return { path, query };
  // What lies beside the prefix is nobody's path; the empty one matches no route.
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return { path: '', query };
  return { path: path.slice(prefix.length) || '/', query };
}

function withoutOrigin(url: string): string {
  const authority = url.indexOf('://');
  if (authority < 0) return url;
  const path = url.slice(authority + 3).search(/[/?#]/);
  if (path < 0) return '/';
  const local = url.slice(authority + 3 + path);
  return local.startsWith('/') ? local : `/${local}`;
}

/** Who signed the request, or else the key as OpenAI's, Azure's and Anthropic's clients send it. */
export function credentialsOf(exchange: Exchange): Credentials {
  const { signedBy, address } = exchange;
  return { via: 'http', key: signedBy === undefined ? keyIn(exchange) : undefined, signedBy, address };
}

function keyIn(exchange: Exchange): string | undefined {
  const key = bearerOf(exchange.header('authorization')) ?? exchange.header('api-key') ?? exchange.header('x-api-key');
  return key === '' ? undefined : key;
}

function bearerOf(authorization: string | undefined): string | undefined {
  return authorization?.slice(0, 7).toLowerCase() === 'bearer ' ? authorization.slice(7).trim() : undefined;
}

/** The id the caller chose, if it is short and plain, else one of our own. */
export function requestIdOf(exchange: Exchange): string {
  const chosen = exchange.header('x-request-id');
  return chosen !== undefined && PLAIN_ID.test(chosen) ? chosen : `req_${randomUUID()}`;
}

/**
 * The conversation the caller named.
 * @throws NexusError `request_invalid` for a name that cannot be kept.
 */
export function conversationIdOf(exchange: Exchange): string | undefined {
  const chosen = exchange.header('x-nexus-conversation-id');
  if (chosen === undefined || PLAIN_ID.test(chosen)) return chosen;
  const rule = 'must be 1 to 128 visible ASCII characters';
  throw new NexusError('request_invalid', `The header x-nexus-conversation-id ${rule}.`, {
    param: 'x-nexus-conversation-id',
  });
}

/**
 * Whether what was said before is to be put before the messages.
 * @throws NexusError `request_invalid` for anything but `true` and `false`.
 */
export function includesHistoryIn(exchange: Exchange): boolean | undefined {
  const told = exchange.header('x-nexus-include-history')?.trim().toLowerCase();
  if (told === undefined) return undefined;
  if (told === 'true' || told === 'false') return told === 'true';
  throw new NexusError('request_invalid', 'The header x-nexus-include-history must be true or false.', {
    param: 'x-nexus-include-history',
  });
}

const WHOLE_NUMBER = /^[+-]?\d{1,3}$/;

/**
 * The priority the caller asks for.
 * @throws NexusError `request_invalid` for anything but a whole number within bounds.
 */
export function priorityIn(exchange: Exchange): number | undefined {
  const asked = exchange.header('x-nexus-priority')?.trim();
  if (asked === undefined) return undefined;
  const priority = WHOLE_NUMBER.test(asked) ? Number(asked) : undefined;
  if (isPriority(priority)) return priority;
  throw new NexusError('request_invalid', `The header x-nexus-priority must be ${PRIORITY_RULE}.`, {
    param: 'x-nexus-priority',
  });
}

/**
 * What the caller asks of the cache.
 * @throws NexusError `request_invalid` for anything else.
 */
export function cacheWishIn(exchange: Exchange): CacheWish | undefined {
  const asked = exchange.header('x-nexus-cache')?.trim().toLowerCase();
  if (asked === undefined || isCacheWish(asked)) return asked;
  throw new NexusError('request_invalid', `The header x-nexus-cache must be ${CACHE_WISH_RULE}.`, {
    param: 'x-nexus-cache',
  });
}

/** Length of the body as the caller tells it; 0 where it does not. */
export function bodyBytesOf(exchange: Exchange): number {
  const length = Number(exchange.header('content-length') ?? 0);
  return length > 0 ? length : 0;
}
