import { NexusError } from '../../errors.ts';
import { parseChatRequest } from '../../openai/request.ts';
import { CHAT_EVENTS } from '../chat-events.ts';
import { EVENT_HEADERS, EVENT_TYPE, writeStream } from '../sse.ts';
import { answerWhole, headersOf, callBasicsOf, callBodyOf } from './call.ts';
import type { Run } from './route.ts';

/** `POST /v1/chat/completions`: a whole answer, or events with `stream: true`. */
export const chat: Run = async (exchange, context) => {
  const basics = callBasicsOf(exchange, context);
  const body = await callBodyOf(exchange, context);
  const answer = await context.gateway.open({ operation: 'chat', request: parseChatRequest(body), ...basics });
  if (answer.kind === 'whole') {
    answerWhole(exchange, answer.head, answer.body);
    return;
  }
  if (answer.kind !== 'stream') throw new NexusError('internal', 'The hub gave another answer than chat.');
  const sink = exchange.open(200, Object.assign(headersOf(answer.head, EVENT_TYPE), EVENT_HEADERS));
  await writeStream(answer.stream, CHAT_EVENTS, sink, context.settings);
};
