import type { ForwardOperation } from '../openai/forward-operations.ts';
import { isJsonObject } from '../openai/json.ts';
import { DONE_EVENT } from '../openai/write-stream.ts';
import type { Clock, ForwardAnswer, ForwardFacts, ForwardStream } from '../ports/index.ts';
import type { ErrorCodes } from './dialect.ts';
import { EventStream, unreadable } from './event-stream.ts';
import type { UpstreamResponse } from './exchange.ts';
import { PassedEvents } from './passed-events.ts';
import { PassedFacts } from './passed-facts.ts';
import { providerError } from './provider-error.ts';
import { DEFAULT_MAX_ANSWER_BYTES, readJson, throwIfFailed } from './read-json.ts';
import type { Secret } from './secret.ts';
import type { UpstreamBody } from './upstream-body.ts';

/** How an answer that is passed on is to be read. */
export interface ForwardRules {
  readonly operation: ForwardOperation;
  /** Whether events were asked for. */
  readonly stream: boolean;
  /** True: usage was asked for, but not by the caller. @default false */
  readonly hidesUsage?: boolean;
  /** Our key, to be masked in what a provider says about it. */
  readonly key?: Secret | undefined;
  /** What the provider's own error codes mean. */
  readonly errorCodes?: ErrorCodes | undefined;
  /** Largest event of a stream. @default 16 MiB */
  readonly maxFrameBytes?: number | undefined;
  /** Largest answer that is not a stream. @default 64 MiB */
  readonly maxAnswerBytes?: number | undefined;
}

const EVENTS = 'text/event-stream';
const EVENTS_IN_UTF8 = 'text/event-stream; charset=utf-8';

/** Operations that answer with something else than JSON. */
const ANY_MEDIA: ReadonlySet<ForwardOperation> = new Set<ForwardOperation>([
  'speech',
  'transcriptions',
  'translations',
]);

/**
 * The answer to a request that was passed on, as it came: events one by one, JSON whole, speech while it comes.
 * @throws NexusError for errors in any form, with a code of the provider's; also from the stream, which ends normally
 * only when the answer is complete (see `ForwardStream`).
 */
export async function readForwarded(
  response: UpstreamResponse,
  rules: ForwardRules,
  { clock }: { readonly clock: Clock },
): Promise<ForwardAnswer> {
  const { operation, key, maxAnswerBytes, errorCodes } = rules;
  const reading = { key, nowMs: clock.now(), maxAnswerBytes, errorCodes };
  await throwIfFailed(response, reading);
  const { body, headers } = response;
  const contentType = headers['content-type'] ?? '';
  const media = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (media === EVENTS) {
    if (rules.stream) return eventsOf(response, rules, clock);
    body.cancel();
    throw unreadable('The provider sent events where a whole answer was asked for.');
  }
  if (!ANY_MEDIA.has(operation) || /^application\/(?:[\w.-]+\+)?json$/.test(media)) {
    const { value, bytes } = await readJson(response, reading);
    const facts = new PassedFacts(operation);
    if (isJsonObject(value)) facts.add(value);
    return asAsked(rules, bytes, facts.all());
  }
  if (media === 'text/html') {
    body.cancel();
    throw unreadable('The provider sent a page of HTML instead of an answer.');
  }
  if (operation === 'speech')
    return { contentType: contentType || 'application/octet-stream', body: new ByteStream(body) };
  return {
    contentType: contentType || 'text/plain',
    body: await body.bytes(maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES),
  };
}

function eventsOf(response: UpstreamResponse, rules: ForwardRules, clock: Clock): ForwardAnswer {
  const { operation, hidesUsage = false, key, errorCodes, maxFrameBytes } = rules;
  const { status, headers, body } = response;
  const events = new PassedEvents({
    operation,
    hidesUsage,
    key,
    providerStatus: status,
    errorOf: (failed) => providerError({ status, headers, body: failed, key, errorCodes, nowMs: clock.now() }),
  });
  return {
    contentType: EVENTS_IN_UTF8,
    body: new EventStream(body, events, clock, maxFrameBytes),
    facts: () => events.facts.all(),
  };
}

/** A server that does not stream where it was asked to: what it sent whole becomes the events it stands for. */
function asAsked({ operation, stream }: ForwardRules, bytes: Uint8Array, facts: ForwardFacts): ForwardAnswer {
  const whole = { contentType: 'application/json', body: bytes, facts: (): ForwardFacts => facts };
  if (!stream || (operation !== 'completions' && operation !== 'responses')) return whole;
  const data = new TextDecoder().decode(bytes).replaceAll(/[\r\n]+/g, ' ');
  const text =
    operation === 'completions'
      ? `data: ${data}\n\n${DONE_EVENT}`
      : `event: response.completed\ndata: {"type":"response.completed","sequence_number":0,"response":${data}}\n\n`;
  return { ...whole, contentType: EVENTS_IN_UTF8, body: new TextEncoder().encode(text) };
}

type Step = IteratorResult<Uint8Array, undefined>;

/** Bytes as they come. A body that breaks throws; one that ends as HTTP says is complete. */
class ByteStream implements AsyncIterableIterator<Uint8Array, undefined>, ForwardStream {
  readonly #body: UpstreamBody;

  constructor(body: UpstreamBody) {
    this.#body = body;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step> {
    const bytes = await this.#body.read();
    return bytes ? { done: false, value: bytes } : { done: true, value: undefined };
  }

  return(): Promise<Step> {
    this.#body.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }
}
