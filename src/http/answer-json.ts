import type { Exchange } from './exchange.ts';

/** Answers 200 with JSON. */
export function answerJson(exchange: Exchange, body: object, requestId: string): void {
  exchange.answer(200, { 'content-type': 'application/json', 'x-request-id': requestId }, JSON.stringify(body));
}
