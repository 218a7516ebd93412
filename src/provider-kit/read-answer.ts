import { NexusError } from '../errors.ts';
import { isJsonObject } from '../openai/json.ts';
import type { ChatCompletion } from '../openai/types.ts';
import type { ChunkStream, Clock } from '../ports/index.ts';
import type { UpstreamResponse } from './exchange.ts';
import { providerError } from './provider-error.ts';
import { type ChunkRules, readChunks } from './read-chunks.ts';
import { completionOf } from './read-completion.ts';
import { DEFAULT_MAX_ANSWER_BYTES, isGood, jsonIn, type ReadContext, throwFailed } from './read-json.ts';
import { UpstreamBody } from './upstream-body.ts';

/** How an answer is to be read. */
export interface AnswerRules extends ChunkRules {
  /** Largest answer that is not a stream. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/** An answer in normal form. */
type ReadAnswer = ChatCompletion | ChunkStream;

/**
 * The answer to a chat request, as a stream or whole: whichever the provider sent, whatever was asked for. What its
 * content type leaves open is told by the first byte. A short answer is here already, and is not waited for.
 * @throws NexusError, or rejects with one, for errors in any form, with a code of the provider's.
 */
export function readAnswer(
  response: UpstreamResponse,
  rules: AnswerRules,
  context: { readonly clock: Clock },
): ReadAnswer | Promise<ReadAnswer> {
  const { key, maxAnswerBytes, errorCodes } = rules;
  const reading = { key, nowMs: context.clock.now(), maxAnswerBytes, errorCodes };
  if (!isGood(response.status)) return throwFailed(response, reading);
  if (EVENT_STREAM.test(response.headers['content-type'] ?? '')) return readChunks(response, rules, context);
  const body = OpenedBody.of(response.body);
  return body instanceof OpenedBody
    ? readOpened(body, response, rules, context, reading)
    : body.then((opened) => readOpened(opened, response, rules, context, reading));
}

function readOpened(
  body: OpenedBody,
  { status, headers }: UpstreamResponse,
  rules: AnswerRules,
  context: { readonly clock: Clock },
  reading: ReadContext,
): ReadAnswer | Promise<ReadAnswer> {
  const opened = { status, headers, body };
  if (body.looksLikeEvents) return readChunks(opened, rules, context);
  const whole = body.bytes(rules.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES);
  return whole instanceof Promise
    ? whole.then((bytes) => wholeAnswer(bytes, opened, rules, reading))
    : wholeAnswer(whole, opened, rules, reading);
}

function wholeAnswer(
  body: Uint8Array,
  response: UpstreamResponse,
  { dialect, model }: AnswerRules,
  reading: ReadContext,
): ChatCompletion {
  const { value, bytes } = jsonIn(body, response, reading);
  if (!isJsonObject(value)) throw new NexusError('malformed_response', "The provider's answer is not an object.");
  const choiceError = errorInChoice(value['choices']);
  if (choiceError) throw providerError({ ...response, ...reading, body: { error: choiceError } });
  const raw = dialect ? dialect.completion(value, () => new TextDecoder().decode(bytes)) : value;
  const defaults = { model, created: Math.trunc(reading.nowMs / 1000) };
  return completionOf(raw, raw === value ? bytes : undefined, defaults);
}

/** OpenRouter may put the error of a model that failed after its start here. */
function errorInChoice(choices: unknown): unknown {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isJsonObject(first) && isJsonObject(first['error']) ? first['error'] : undefined;
}

/** Only the media type counts; it may have parameters. */
const EVENT_STREAM = /^\s*text\/event-stream\s*(?:;|$)/i;

const SPACE = 0x20;
const OPEN_BRACE = 0x7b;
/** Beginnings of an event stream: a comment or one of its four fields. */
const EVENT_STARTS = [':', 'data:', 'event:', 'id:', 'retry:'];

const LONGEST_START = 'event:'.length;

function beginsWithField(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 4096)).trimStart();
  return EVENT_STARTS.some((field) => start.startsWith(field));
}

/** A body whose first bytes were looked at. */
class OpenedBody extends UpstreamBody {
  readonly looksLikeEvents: boolean;
  readonly #body: UpstreamBody;
  #first: Uint8Array | undefined;

  private constructor(first: Uint8Array | undefined, body: UpstreamBody) {
    super();
    this.#first = first;
    this.#body = body;
    this.looksLikeEvents = first !== undefined && first[0] !== OPEN_BRACE && beginsWithField(first);
  }

  /** Reads until something stands there that is no white space; nothing but white space comes back as no bytes. */
  static of(body: UpstreamBody): OpenedBody | Promise<OpenedBody> {
    const first = body.take();
    return first && first.length >= LONGEST_START && (first[0] ?? 0) > SPACE
      ? new OpenedBody(first, body)
      : OpenedBody.#read(first, body);
  }

  static async #read(taken: Uint8Array | undefined, body: UpstreamBody): Promise<OpenedBody> {
    let first = taken ?? (await body.read());
    while (first?.every((byte) => byte <= SPACE)) first = await body.read();
    // A field name may be cut in two.
    while (first && first.length < LONGEST_START) {
      const more = await body.read();
      if (!more) break;
      first = Buffer.concat([first, more]);
    }
    return new OpenedBody(first, body);
  }

  override read(): Promise<Uint8Array | undefined> {
    const first = this.take();
    return first ? Promise.resolve(first) : this.#body.read();
  }

  override take(): Uint8Array | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#body.take();
  }

  override whenReady(call: () => void): boolean {
    if (!this.#first) return this.#body.whenReady(call);
    call();
    return true;
  }

  override get isOver(): boolean {
    return this.#first === undefined && this.#body.isOver;
  }

  override cancel(): void {
    this.#first = undefined;
    this.#body.cancel();
  }
}
