import type { AnswerHead } from './answer.ts';
import type { AnswerStream } from './answer-stream.ts';
import { NexusError } from './errors.ts';
import type { FormBody } from './form-body.ts';
import type { Gateway } from './gateway.ts';
import { basicsOf, withHead } from './in-process.ts';
import { parsePassedRequest } from './openai/forward-request.ts';
import { isJsonObject } from './openai/json.ts';
import { OperationStream } from './operation-stream.ts';
import type { ForwardOperation, ForwardPiece } from './ports/index.ts';
import type { RequestOptions } from './request-options.ts';

/** A request that wants events. */
export type Streaming<Body> = Body & { stream: true };
/** A request that wants a whole answer. */
export type Plain<Body> = Body & { stream?: false | null };

/** An answer that was passed on. */
export interface Passed {
  readonly head: AnswerHead;
  readonly contentType: string;
  readonly body: Uint8Array | AnswerStream<ForwardPiece>;
}

/** Sends a request of one operation on its journey; a form is told by its media type. */
export async function passOn(
  gateway: Gateway,
  operation: ForwardOperation,
  body: object | FormBody,
  options: RequestOptions,
): Promise<Passed> {
  const basics = basicsOf(options);
  const request = isForm(body)
    ? parsePassedRequest(operation, body.bytes, body.contentType)
    : parsePassedRequest(operation, body);
  const answer = await gateway.open({ operation, request, ...basics });
  if (answer.kind === 'forwarded') return answer;
  throw new NexusError('internal', 'The hub gave another kind of answer than was asked for.');
}

function isForm(body: unknown): body is FormBody {
  return isJsonObject(body) && body['bytes'] instanceof Uint8Array && 'contentType' in body;
}

/** Asked of a body nobody has checked yet. */
export function wantsStream(body: unknown): boolean {
  return isJsonObject(body) && body['stream'] === true;
}

/** All of the answer, as text. */
export async function textOf({ body }: Passed): Promise<string> {
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body) text += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

export async function jsonOf<Answer extends object>(passed: Passed): Promise<Answer> {
  try {
    // What it holds is between caller and provider: the type is the operation's promise.
    return withHead(JSON.parse(await textOf(passed)) as Answer, passed.head);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new NexusError('malformed_response', 'The provider answered with something that is not JSON.', {}, cause);
  }
}

/** Events where they were asked for, else the whole answer. */
export async function answerOf<Answer extends object, Event>(
  gateway: Gateway,
  operation: ForwardOperation,
  body: object,
  options: RequestOptions,
  isStreamed: boolean,
): Promise<Answer | OperationStream<Event>> {
  const passed = await passOn(gateway, operation, body, options);
  return isStreamed ? withHead(new OperationStream<Event>(passed.body), passed.head) : jsonOf<Answer>(passed);
}

/** What the resources below have in common. */
export class Resource {
  protected readonly gateway: Gateway;

  constructor(gateway: Gateway) {
    this.gateway = gateway;
  }
}
