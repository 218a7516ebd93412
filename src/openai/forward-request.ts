import { NexusError } from '../errors.ts';
import { formFieldsOf } from './form-fields.ts';
import type { FormField } from './form-fields.ts';
import type { ForwardOperation } from './forward-operations.ts';
import { FORWARD_OPERATIONS } from './forward-operations.ts';
import { isJsonObject } from './json.ts';
import { jsonBodyOf } from './request.ts';
import { MAX_MODEL_LENGTH } from './schemas.ts';
import { changeMembers } from './splice.ts';
import { asBuffer } from './text-of.ts';
import type { JsonObject } from './types.ts';

/** A request that is passed on, read as far as the hub needs to know it. */
export interface PassedRequest {
  /** The model the caller named, or OpenAI's own choice for the operation. */
  readonly model: string;
  /** Whether the caller wants events. */
  readonly stream: boolean;
  readonly body: PassedBody;
}

/** JSON, which carries the text it came as, or the bytes of a form. */
export type PassedBody =
  | { readonly kind: 'json'; readonly value: JsonObject }
  | {
      readonly kind: 'form';
      readonly bytes: Buffer;
      /** With the boundary. */
      readonly contentType: string;
      readonly model: FormField | undefined;
    };

/** A body as a provider gets it. */
export interface NamedBody {
  readonly contentType: string;
  readonly body: JsonObject | Uint8Array;
}

/**
 * Reads a request that is passed on: the model, whether events are wanted, and nothing else; the rest is between caller
 * and provider.
 * @throws NexusError `request_invalid`, `details.param` naming the member.
 */
export function parsePassedRequest(
  operation: ForwardOperation,
  input: Uint8Array | string | object,
  contentType: string = 'application/json',
): PassedRequest {
  const isForm = /^\s*multipart\/form-data\b/i.test(contentType);
  return isForm ? formRequest(operation, input, contentType) : jsonRequest(operation, input);
}

/** The body with the name the provider knows. One that has the name already stays as it is, byte for byte. */
export function bodyNaming({ body }: PassedRequest, model: string): NamedBody {
  if (body.kind === 'json') return { contentType: 'application/json', body: changeMembers(body.value, { model }) };
  const { bytes, contentType, model: field } = body;
  if (!field || field.value === model) return { contentType, body: bytes };
  const named = Buffer.concat([bytes.subarray(0, field.start), Buffer.from(model), bytes.subarray(field.end)]);
  return { contentType, body: named };
}

function jsonRequest(operation: ForwardOperation, input: Uint8Array | string | object): PassedRequest {
  const value = jsonBodyOf(input, 'model');
  const { stream, stream_format: format } = value;
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw wrong('stream', 'must be true or false');
  const isEvents = operation === 'speech' ? format === 'sse' : stream === true;
  return { model: modelOf(operation, value['model']), stream: isEvents, body: { kind: 'json', value } };
}

function formRequest(
  operation: ForwardOperation,
  input: Uint8Array | string | object,
  contentType: string,
): PassedRequest {
  if (!(input instanceof Uint8Array)) {
    const message = 'Something has read the form of the request before the hub; mount the hub in front of it.';
    throw new NexusError('request_invalid', message);
  }
  const bytes = asBuffer(input);
  const fields = formFieldsOf(bytes, contentType, ['model', 'stream']);
  const model = fields.get('model');
  const stream = /^(?:true|1)$/i.test(fields.get('stream')?.value ?? '');
  return { model: modelOf(operation, model?.value), stream, body: { kind: 'form', bytes, contentType, model } };
}

function modelOf(operation: ForwardOperation, named: unknown): string {
  if (typeof named === 'string' && named.length > MAX_MODEL_LENGTH)
    throw wrong('model', `must have at most ${MAX_MODEL_LENGTH} characters`);
  if (typeof named === 'string' && named !== '') return named;
  const row = FORWARD_OPERATIONS[operation];
  if ('model' in row && (named === undefined || named === null)) return row.model;
  throw wrong('model', 'must be the name of a model');
}

function wrong(param: string, rule: string): NexusError {
  return new NexusError('request_invalid', `${param} ${rule}.`, { param });
}

/** The response this request goes on from, which only its maker knows (providers.md 3.7). */
export function previousResponseOf(operation: ForwardOperation, { body }: PassedRequest): string | undefined {
  if (operation !== 'responses' || body.kind !== 'json') return undefined;
  const id = body.value['previous_response_id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/**
 * What the request says to the model, for counting its tokens: texts, and a number of tokens for each id of one.
 * Pictures, audio and files are left out.
 */
export function* textsOfPassed({ body }: PassedRequest): Generator<string | number> {
  if (body.kind !== 'json') return;
  for (const name of ['instructions', 'prompt', 'suffix', 'input']) yield* textsIn(body.value[name]);
}

/** Bodies are no deeper than `MAX_DEPTH`. */
function* textsIn(value: unknown): Generator<string | number> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number') yield 1;
  else if (Array.isArray(value)) for (const item of value) yield* textsIn(item);
  else if (isJsonObject(value)) for (const name of TEXT_MEMBERS) yield* textsIn(value[name]);
}

const TEXT_MEMBERS = ['content', 'text', 'name', 'arguments', 'output'];
