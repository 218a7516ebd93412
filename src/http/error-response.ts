import type { NexusError } from '../errors.ts';
import { CODES, rowOf } from '../errors.ts';
import { errorBodyOf } from '../openai/error-body.ts';
import type { Exchange } from './exchange.ts';
import { addLimitHeaders } from './limit-headers.ts';
import { PRIVATE_HEADERS } from './private-headers.ts';

/** Answers with an error: its status, OpenAI's body, and the headers that tell a client what to do next. */
export function answerError(exchange: Exchange, error: NexusError, requestId: string): void {
  exchange.answer(error.status, errorHeadersOf(error, requestId), JSON.stringify(errorBodyOf(error)));
}

/** Headers of an answer that is an error. */
export function errorHeadersOf(error: NexusError, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-request-id': requestId,
    ...PRIVATE_HEADERS,
  };
  const { retryAfterMs, allow, provider, limits } = error.details;
  if (retryAfterMs !== undefined) {
    // RFC 9110 knows whole seconds only; OpenAI's SDKs prefer the milliseconds.
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
    headers['retry-after-ms'] = String(Math.ceil(retryAfterMs));
  }
  if (limits) addLimitHeaders(headers, limits);
  if (isHubDone(error)) headers['x-should-retry'] = 'false';
  if (allow !== undefined) headers['allow'] = allow;
  if (provider !== undefined) headers['x-nexus-provider'] = provider;
  if (error.status === 401) headers['www-authenticate'] = 'Bearer realm="nexusai-hub"';
  return headers;
}

/**
 * The hub has asked providers, again where that made sense, and its attempts or its time are used up. A client that
 * repeats all of that multiplies the calls (providers.md 10.1).
 */
function isHubDone(error: NexusError): boolean {
  const { fault, type } = rowOf(error);
  // A provider the hub may not connect to stays so until its owner acts.
  if (fault === 'hub' && type === 'upstream_error') return true;
  // A budget that is used up stays so longer than any client should ask for.
  if (fault === 'provider' || type === 'timeout_error' || type === 'insufficient_quota') return true;
  return error.details.tried?.some(({ code }) => code !== 'circuit_open' && CODES[code].fault === 'provider') ?? false;
}
