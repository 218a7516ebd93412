import type { AnswerHead } from '../../answer.ts';
import type { Call, WholeBody } from '../../call.ts';
import type { Admission } from '../../door.ts';
import { wireTextOf } from '../../openai/wire-text.ts';
import type { Credentials } from '../../ports/index.ts';
import { readBody } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import { addLimitHeaders } from '../limit-headers.ts';
import { PRIVATE_HEADERS } from '../private-headers.ts';
import { clientConversationOf } from '../client-conversation.ts';
import { bodyBytesOf, cacheWishIn, conversationIdOf, includesHistoryIn, priorityIn } from '../request-head.ts';
import type { CallerContext, RouteContext } from './route.ts';

/** What every call to the hub brings along from its HTTP request. */
export type CallBasics = Omit<Call, 'operation' | 'request'>;

/**
 * Lets a call in, or turns it away before it is asked whose it is and its body is read.
 * @throws NexusError `overloaded`, `closing`, `unauthenticated`, `request_invalid` for a priority that is none
 */
export function admissionOf(
  exchange: Exchange,
  credentials: Credentials,
  { gateway, settings }: RouteContext,
): Admission | undefined | Promise<Admission> {
  const bodyBytes = Math.min(bodyBytesOf(exchange), settings.bodyLimitBytes);
  return gateway.admit?.({ credentials, priority: priorityIn(exchange), bodyBytes });
}

/**
 * What the head of a request says of its call.
 * @throws NexusError
 */
export function callBasicsOf(exchange: Exchange, context: CallerContext): CallBasics {
  const { requestId, credentials, caller, admission } = context;
  const conversationId = conversationIdOf(exchange);
  return {
    credentials,
    caller,
    conversationId,
    clientConversation: conversationId === undefined ? clientConversationOf(exchange) : undefined,
    includesHistory: includesHistoryIn(exchange),
    requestId,
    priority: priorityIn(exchange),
    cache: cacheWishIn(exchange),
    admission,
    signal: exchange.leaving,
  };
}

/**
 * The body of a call that was let in.
 * @throws NexusError, or rejects with one
 */
export function callBodyOf(
  exchange: Exchange,
  { settings, admission }: CallerContext,
  takes: 'json' | 'form' = 'json',
): object | Promise<Uint8Array | object> {
  return readBody(exchange, settings.bodyLimitBytes, takes, admission);
}

/** Headers every answer of the hub carries. */
export function headersOf(head: AnswerHead, contentType: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': head.requestId,
    'x-nexus-conversation-id': head.conversationId,
    'x-nexus-provider': head.provider,
    'x-nexus-attempts': String(head.attempts),
    'x-nexus-overhead-ms': String(Math.round(head.overheadMs * 1000) / 1000),
    // Behind the others: a literal that begins with a spread would take 1 us, and have a shape of its own each time.
    ...PRIVATE_HEADERS,
  };
  if (head.cache) headers['x-nexus-cache'] = head.cache;
  if (head.limits) addLimitHeaders(headers, head.limits);
  return headers;
}

/** Sends a whole answer; one the provider's text is known of leaves as that text. */
export function answerWhole(exchange: Exchange, head: AnswerHead, body: WholeBody): void {
  exchange.answer(200, headersOf(head, 'application/json'), wireTextOf(body) ?? JSON.stringify(body));
}
