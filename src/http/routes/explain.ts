import type { Call } from '../../call.ts';
import { NexusError } from '../../errors.ts';
import type { Explanation } from '../../explain.ts';
import { FORWARD_OPERATION_NAMES } from '../../openai/forward-operations.ts';
import { parsePassedRequest } from '../../openai/forward-request.ts';
import { parseChatRequest, parseEmbeddingRequest } from '../../openai/request.ts';
import { answerJson } from '../answer-json.ts';
import type { CallBasics } from './call.ts';
import { callBasicsOf, callBodyOf } from './call.ts';
import type { Run } from './route.ts';

/**
 * `POST /explain`: where the request in the body would go now, and why; nobody is asked. The body is one of chat, or of
 * the operation in `?operation=`.
 */
export const explain: Run = async (exchange, context) => {
  const basics = callBasicsOf(exchange, context);
  const body = await callBodyOf(exchange, context);
  const explanation = await context.gateway.explainCall(callOf(exchange.query, body, basics));
  answerJson(exchange, bodyOf(explanation), context.requestId);
};

function callOf(query: string, body: Uint8Array | object, basics: CallBasics): Call {
  const operation = new URLSearchParams(query).get('operation') ?? 'chat';
  if (operation === 'chat') return { operation, request: parseChatRequest(body), ...basics };
  if (operation === 'embeddings') return { operation, request: parseEmbeddingRequest(body), ...basics };
  const passed = FORWARD_OPERATION_NAMES.find((name) => name === operation);
  if (passed) return { operation: passed, request: parsePassedRequest(passed, body), ...basics };
  const known = ['chat', 'embeddings', ...FORWARD_OPERATION_NAMES].join(', ');
  throw new NexusError('request_invalid', `The operation in the query must be one of ${known}.`, {
    param: 'operation',
  });
}

function bodyOf({ promptTokens, callerId, first, refusal, ...explanation }: Explanation): object {
  return {
    object: 'explanation',
    ...explanation,
    prompt_tokens: promptTokens,
    caller: callerId,
    first: first ?? null,
    refusal: refusal ?? null,
  };
}
