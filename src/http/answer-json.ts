import type { AnswerHeaders, Exchange } from './exchange.ts';
import { PRIVATE_HEADERS } from './private-headers.ts';

/** What is not as usual about an answer. */
export interface JsonAnswer {
  /** @default 200 */
  readonly status?: number;
  /** Beside those of every answer. */
  readonly headers?: AnswerHeaders;
}

/** Answers with JSON. */
export function answerJson(
  exchange: Exchange,
  body: object,
  requestId: string,
  { status = 200, headers = {} }: JsonAnswer = {},
): void {
  const usual = { 'content-type': 'application/json', 'x-request-id': requestId, ...PRIVATE_HEADERS };
  exchange.answer(status, { ...usual, ...headers }, JSON.stringify(body));
}
