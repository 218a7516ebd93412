import type { NexusError, NexusErrorCode } from '../../errors.ts';
import { bodyNaming, parsePassedRequest } from '../../openai/forward-request.ts';
import { EventReader } from '../../openai/read-stream.ts';
import type {
  ForwardAnswer,
  ForwardFacts,
  ForwardPiece,
  ForwardRequest,
  ForwardStream,
  ProviderContext,
} from '../../ports/index.ts';
import type { UpstreamEvent } from '../dialect.ts';
import { type CaseRun, contextOf } from './case-run.ts';
import { FORM_TYPE, type ForwardSample, USED } from './forward-samples.ts';
import { expectSame } from './reading.ts';

/** What came of a request that was passed on: all its bytes, and the error it ended with. */
export interface Passing {
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
  readonly facts: ForwardFacts;
  readonly error: NexusError | undefined;
}

/** The request of the cases. */
export function passedRequest({ operation, body }: ForwardSample, streamed: boolean): ForwardRequest {
  const sent = body(streamed);
  const contentType = typeof sent === 'string' ? 'application/json' : FORM_TYPE;
  const request = parsePassedRequest(operation, sent, contentType);
  const { model, stream } = request;
  return { operation, model, stream, ...bodyNaming(request, model) };
}

/** Passes it on and reads to the end. Whatever is thrown has to be a `NexusError`. */
export async function pass(
  run: CaseRun,
  sample: ForwardSample,
  streamed: boolean,
  changes: Partial<ProviderContext> = {},
): Promise<Passing> {
  const pieces: Uint8Array[] = [];
  let answer: ForwardAnswer | undefined;
  let error: NexusError | undefined;
  try {
    const asked = run.provider.forward?.(passedRequest(sample, streamed), contextOf(changes));
    answer = await run.within(Promise.resolve(asked), 'an answer or an error');
    if (answer?.body instanceof Uint8Array) pieces.push(answer.body);
    else if (answer) await run.within(readInto(pieces, answer.body), 'the end of the stream');
  } catch (cause) {
    error = run.failureOf(cause);
  }
  return { contentType: answer?.contentType, bytes: Buffer.concat(pieces), facts: answer?.facts?.() ?? {}, error };
}

/** Fails unless it ended with one of these errors. */
export function expectRefusal({ error, bytes }: Passing, ...codes: readonly NexusErrorCode[]): NexusError {
  if (error && codes.includes(error.code)) return error;
  const came = error ? `${error.code} ("${error.message}")` : `no error, ${bytes.length} bytes`;
  throw new Error(`Expected the error ${codes.join(' or ')}; came ${came}.`);
}

/** Fails unless these events came, their names and data untouched, and no error. */
export function expectEvents({ bytes, error }: Passing, events: readonly UpstreamEvent[]): void {
  expectNone(error);
  expectSame('events', eventsIn(bytes), events.map(shown));
}

/** Fails unless these bytes came, and no error. */
export function expectBytes({ bytes, error }: Passing, wanted: string | Uint8Array): void {
  expectNone(error);
  if (Buffer.compare(bytes, Buffer.from(wanted)) === 0) return;
  throw new Error(`Expected the answer byte by byte, ${Buffer.from(wanted).length} of them; came ${shortly(bytes)}.`);
}

/** Fails unless the usage is what answers tell. */
export function expectUsage({ facts }: Passing): void {
  const { usage } = facts;
  expectSame('usage', usage && [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], USED);
}

/** Events in what was handed out, in short. */
export function eventsIn(bytes: Uint8Array): string[] {
  const reader = new EventReader();
  return [...reader.push(bytes), ...reader.end()].map(shown);
}

function shown({ event, data }: UpstreamEvent): string {
  return `${event ?? ''} ${data}`;
}

function expectNone(error: NexusError | undefined): void {
  if (error) throw new Error(`Expected an answer; came ${error.code} ("${error.message}").`, { cause: error });
}

function shortly(bytes: Uint8Array): string {
  return `${bytes.length}: "${new TextDecoder().decode(bytes.subarray(0, 200))}"`;
}

async function readInto(pieces: Uint8Array[], stream: ForwardStream): Promise<void> {
  for await (const batch of stream)
    for (const piece of isList(batch) ? batch : [batch])
      pieces.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);
}

function isList(batch: ForwardPiece | readonly ForwardPiece[]): batch is readonly ForwardPiece[] {
  return Array.isArray(batch);
}
