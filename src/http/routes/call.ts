import type { AnswerHead } from '../../answer.ts';
import type { Call, WholeBody } from '../../call.ts';
import { wireTextOf } from '../../openai/wire-text.ts';
import { readBody } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import { limitHeadersOf } from '../limit-headers.ts';
import { PRIVATE_HEADERS } from '../private-headers.ts';
import { clientConversationOf } from '../client-conversation.ts';
import { bodyBytesOf, conversationIdOf, credentialsOf, includesHistoryIn, priorityIn } from '../request-head.ts';
import { isPacked } from '../unpack.ts';
import type { RouteContext } from './route.ts';

/** A body so large is read only for callers whose key is known; a smaller one costs less than asking twice. */
const LARGE_BODY_BYTES = 256 * 1024;

/** What every call to the hub brings along from its HTTP request. */
export type CallBasics = Omit<Call, 'operation' | 'request'>;

/**
 * Reads what a call needs from its request: who asks first, then, where there is room for it, the body.
 * @throws NexusError
 */
export async function readCall(
  exchange: Exchange,
  context: RouteContext,
  takes: 'json' | 'form' = 'json',
): Promise<{ readonly basics: CallBasics; readonly body: Uint8Array | object }> {
  const { gateway, settings, requestId } = context;
  const credentials = credentialsOf(exchange);
  const conversationId = conversationIdOf(exchange);
  const includesHistory = includesHistoryIn(exchange);
  const priority = priorityIn(exchange);
  const bodyBytes = Math.min(bodyBytesOf(exchange), settings.bodyLimitBytes);
  const admission = await gateway.admit?.({ credentials, priority, bodyBytes });
  context.admission = admission;
  if (isCostly(exchange)) await gateway.identify(credentials);
  const body = await readBody(exchange, settings.bodyLimitBytes, takes, admission);
  const clientConversation = conversationId === undefined ? clientConversationOf(exchange) : undefined;
  const names = { conversationId, clientConversation, includesHistory, requestId };
  return { basics: { credentials, ...names, priority, admission, signal: exchange.signal }, body };
}

/** The body is large, of unknown length or packed, or the client waits to be told whether it is wanted. */
function isCostly(exchange: Exchange): boolean {
  if (exchange.parsedBody !== undefined) return false;
  if (isPacked(exchange)) return true;
  if (bodyBytesOf(exchange) > LARGE_BODY_BYTES) return true;
  return exchange.header('transfer-encoding') !== undefined || exchange.header('expect') !== undefined;
}

/** Headers every answer of the hub carries. */
export function headersOf(head: AnswerHead, contentType: string): Record<string, string> {
  const headers = {
    ...PRIVATE_HEADERS,
    'content-type': contentType,
    'x-request-id': head.requestId,
    'x-nexus-conversation-id': head.conversationId,
    'x-nexus-provider': head.provider,
    'x-nexus-attempts': String(head.attempts),
    'x-nexus-overhead-ms': String(Math.round(head.overheadMs * 1000) / 1000),
  };
  return head.limits ? Object.assign(headers, limitHeadersOf(head.limits)) : headers;
}

/** Sends a whole answer; one the provider's text is known of leaves as that text. */
export function answerWhole(exchange: Exchange, head: AnswerHead, body: WholeBody): void {
  exchange.answer(200, headersOf(head, 'application/json'), wireTextOf(body) ?? JSON.stringify(body));
}
