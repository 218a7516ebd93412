import type { Exchange } from './exchange.ts';
import { PRIVATE_HEADERS } from './private-headers.ts';

/** Answers 200 with JSON. */
export function answerJson(exchange: Exchange, body: object, requestId: string): void {
  const headers = { 'content-type': 'application/json', 'x-request-id': requestId, ...PRIVATE_HEADERS };
  exchange.answer(200, headers, JSON.stringify(body));
}
