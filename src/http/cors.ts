import type { AnswerHeaders, Exchange } from './exchange.ts';
import { exchangeAround } from './exchange-around.ts';
import { LIMIT_HEADERS } from './limit-headers.ts';

/** Headers of an answer that a page's script may read. */
const EXPOSED = [
  'x-request-id',
  'x-nexus-conversation-id',
  'x-nexus-provider',
  'x-nexus-attempts',
  'x-nexus-cache',
  'x-nexus-overhead-ms',
  ...LIMIT_HEADERS,
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'etag',
  'location',
  'idempotent-replayed',
].join(', ');

/** Longer is cut by browsers, in seconds. */
const PREFLIGHT_MAX_AGE = '7200';

/**
 * What an allowed page is told beside the answer; nothing for other origins, whose browser then keeps the answer from
 * them. Credentials of the browser are never asked for: callers show a key.
 */
export function corsHeadersOf(exchange: Exchange, allowed: '*' | readonly string[]): AnswerHeaders {
  if (allowed === '*') return { 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED };
  const origin = exchange.header('origin');
  if (origin === undefined || !allowed.includes(origin)) return { vary: 'origin' };
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'origin' };
}

/** What a browser is told that asks before it sends. Any header may come along: SDKs add many of their own. */
export function preflightHeadersOf(exchange: Exchange, methods: string): AnswerHeaders {
  const headers = exchange.header('access-control-request-headers');
  return {
    'access-control-allow-methods': methods,
    'access-control-max-age': PREFLIGHT_MAX_AGE,
    ...(headers === undefined ? {} : { 'access-control-allow-headers': headers }),
  };
}

/** The same exchange, with these headers on its answer whatever it becomes. */
export function withHeaders(exchange: Exchange, more: AnswerHeaders): Exchange {
  return exchangeAround(exchange, {
    answer: (status, headers, body) => {
      exchange.answer(status, { ...headers, ...more }, body);
    },
    open: (status, headers) => exchange.open(status, { ...headers, ...more }),
  });
}
