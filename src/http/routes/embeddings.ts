import { NexusError } from '../../errors.ts';
import { parseEmbeddingRequest } from '../../openai/request.ts';
import { answerWhole, callBasicsOf, callBodyOf } from './call.ts';
import type { Run } from './route.ts';

/** `POST /v1/embeddings`. */
export const embeddings: Run = async (exchange, context) => {
  const basics = callBasicsOf(exchange, context);
  const body = await callBodyOf(exchange, context);
  const request = parseEmbeddingRequest(body);
  const answer = await context.gateway.open({ operation: 'embeddings', request, ...basics });
  if (answer.kind !== 'whole') throw new NexusError('internal', 'The hub gave another answer than embeddings.');
  answerWhole(exchange, answer.head, answer.body);
};
