import { isNexusError, type NexusError } from '../../errors.ts';
import type { ChatChunk, ChatCompletion, ChatRequest } from '../../openai/types.ts';
import type { ChunkStream, Clock, Provider, ProviderContext } from '../../ports/index.ts';
import {
  type AnswerScript,
  answerFor,
  type RecordedRequest,
  type ScriptStep,
  type UpstreamScript,
} from '../answer-script.ts';
import type { UpstreamAnswer, UpstreamDialect, UpstreamEvent, UpstreamFailure } from '../dialect.ts';
import { framed } from '../framing.ts';
import type { ScriptedUpstream } from '../scripted-upstream.ts';
import type { Reading } from './reading.ts';
import { checkedChunk, checkedCompletion, OddShape } from './shapes.ts';

export const JSON_HEADERS: Readonly<Record<string, string>> = { 'content-type': 'application/json' };

const CLOCK: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

/** What the provider under test is told about its attempt. */
export function contextOf(changes: Partial<ProviderContext> = {}): ProviderContext {
  const silent = (): void => {};
  return {
    signal: new AbortController().signal,
    requestId: 'case',
    heartbeat: silent,
    clock: CLOCK,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    ...changes,
  };
}

/** The request of all cases. */
export function questionOf(streamed: boolean): ChatRequest {
  return { model: 'test-model', messages: [{ role: 'user', content: '你好' }], ...(streamed ? { stream: true } : {}) };
}

/** Resolves when what is under way on loopback has had its turns of the loop. */
export async function settled(): Promise<void> {
  for (let count = 0; count < 3; count++) await turn();
}

/** Pieces that arrive one by one: what is written in one go would be read in one go. */
export function apart(pieces: readonly (string | Uint8Array)[]): ScriptStep[] {
  return pieces.flatMap((piece) => [piece, turn]);
}

/** Resolves when the loop has come round once. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** One provider, one upstream, and what the cases do with both. */
export class CaseRun {
  readonly provider: Provider;
  readonly dialect: UpstreamDialect;
  /** Texts that must show nowhere. */
  readonly secrets: readonly string[];
  readonly #upstream: ScriptedUpstream;
  readonly #patienceMs: number;

  constructor(
    provider: Provider,
    upstream: ScriptedUpstream,
    { dialect, secrets, patienceMs }: { dialect: UpstreamDialect; secrets: readonly string[]; patienceMs: number },
  ) {
    this.provider = provider;
    this.dialect = dialect;
    this.secrets = secrets;
    this.#upstream = upstream;
    this.#patienceMs = patienceMs;
  }

  /** Answers by this script from now on; requests that are not for the model are answered beside it. */
  play(script: UpstreamScript): void {
    let count = 0;
    const { dialect } = this;
    this.#upstream.play((request) => dialect.aside?.(request) ?? answerFor(script, request, count++));
  }

  /** Answers with these events, then as told. */
  playEvents(events: readonly UpstreamEvent[], then: AnswerScript['then'] = 'finish'): void {
    this.play({ sends: [framed(events)], then });
  }

  /** Answers with this, whole. */
  playWhole(answer: UpstreamAnswer, headers: Readonly<Record<string, string>> = {}): void {
    this.play({ headers: { ...JSON_HEADERS, ...headers }, sends: [JSON.stringify(this.dialect.whole(answer))] });
  }

  /** Refuses with this. */
  playFailure({ status, body }: UpstreamFailure, headers: Readonly<Record<string, string>> = {}): void {
    this.play({ status, headers: { ...JSON_HEADERS, ...headers }, sends: [JSON.stringify(body)] });
  }

  failureEvent(failure: UpstreamFailure): UpstreamEvent {
    return this.dialect.failureEvent?.(failure) ?? { data: JSON.stringify(failure.body) };
  }

  /** Asks and reads to the end. Whatever is thrown has to be a `NexusError`. */
  async read(
    streamed: boolean,
    changes: Partial<ProviderContext> = {},
    request = questionOf(streamed),
  ): Promise<Reading> {
    const chunks: ChatChunk[] = [];
    try {
      const answer = await this.within(this.provider.open(request, contextOf(changes)), 'an answer or an error');
      if (!isStream(answer)) return { chunks, completion: checkedCompletion(answer), error: undefined };
      await this.within(readInto(chunks, answer), 'the end of the stream');
      return { chunks, completion: undefined, error: undefined };
    } catch (cause) {
      return { chunks, completion: undefined, error: this.failureOf(cause) };
    }
  }

  /** What a request failed with. Fails unless it is a `NexusError`. */
  failureOf(cause: unknown): NexusError {
    if (isNexusError(cause)) return cause;
    if (cause instanceof Impatience || cause instanceof OddShape) throw cause;
    throw new Error(`Expected a NexusError; came ${String(cause)}.`, { cause });
  }

  /** The stream itself, for cases that stop in the middle. */
  async openStream(context: ProviderContext): Promise<AsyncIterator<unknown>> {
    const answer = await this.within(this.provider.open(questionOf(true), context), 'a stream');
    if (!isStream(answer)) throw new Error('Expected a stream; came a whole completion.');
    return answer[Symbol.asyncIterator]();
  }

  /** The next request for the model that nobody has asked for yet. */
  async nextRequest(): Promise<RecordedRequest> {
    for (;;) {
      const request = await this.within(this.#upstream.nextRequest(), 'a request');
      if (!this.dialect.aside?.(request)) return request;
    }
  }

  /** Requests for the model so far. */
  get requests(): readonly RecordedRequest[] {
    return this.#upstream.requests.filter((request) => !this.dialect.aside?.(request));
  }

  /** Fails unless the next request is left by its caller. */
  async expectLeft(): Promise<void> {
    await this.within((await this.nextRequest()).left, 'the caller to close the connection');
  }

  /** Fails when it takes longer than anything on loopback should. */
  within<T>(pending: Promise<T>, what: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Impatience(`Expected ${what} within ${this.#patienceMs} ms; nothing came.`));
      }, this.#patienceMs);
      pending.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }
}

class Impatience extends Error {}

async function readInto(chunks: ChatChunk[], stream: ChunkStream): Promise<void> {
  for await (const batch of stream)
    for (const chunk of isList(batch) ? batch : [batch]) chunks.push(checkedChunk(chunk));
}

function isStream(answer: ChatCompletion | ChunkStream): answer is ChunkStream {
  return Symbol.asyncIterator in answer;
}

function isList(batch: ChatChunk | readonly ChatChunk[]): batch is readonly ChatChunk[] {
  return Array.isArray(batch);
}
