import { NexusError } from '../../errors.ts';
import type { ForwardOperation } from '../../openai/forward-operations.ts';
import { FORWARD_OPERATION_NAMES, FORWARD_OPERATIONS } from '../../openai/forward-operations.ts';
import { parsePassedRequest } from '../../openai/forward-request.ts';
import { formOf } from '../forward-forms.ts';
import { EVENT_HEADERS, writeStream } from '../sse.ts';
import { headersOf, callBasicsOf, callBodyOf } from './call.ts';
import type { Route, Run } from './route.ts';

/** A path whose requests and answers are passed on: whole, as events, or as bytes while they come. */
function forward(operation: ForwardOperation): Run {
  const { takes } = FORWARD_OPERATIONS[operation];
  return async (exchange, context) => {
    const basics = callBasicsOf(exchange, context);
    const body = await callBodyOf(exchange, context, takes);
    const request = parsePassedRequest(operation, body, exchange.header('content-type'));
    const answer = await context.gateway.open({ operation, request, ...basics });
    if (answer.kind !== 'forwarded')
      throw new NexusError('internal', 'The hub gave another answer than was asked for.');
    const headers = headersOf(answer.head, answer.contentType);
    if (answer.body instanceof Uint8Array) {
      exchange.answer(200, headers, answer.body);
      return;
    }
    const form = formOf(operation, answer.contentType);
    const sink = exchange.open(200, form.takesComments ? { ...headers, ...EVENT_HEADERS } : headers);
    await writeStream(answer.body, form, sink, context.settings);
  };
}

/** Each of them, with and without the version. */
export const FORWARD_ROUTES: readonly (readonly [path: string, route: Route])[] = FORWARD_OPERATION_NAMES.flatMap(
  (operation) => {
    const { path } = FORWARD_OPERATIONS[operation];
    const route: Route = { POST: { permission: 'chat', isCall: true, run: forward(operation) } };
    return [[`/v1${path}`, route] as const, [path, route] as const];
  },
);
