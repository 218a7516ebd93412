import { inspect } from 'node:util';

import { isNexusError, type NexusError, type NexusErrorCode } from '../../errors.ts';
import type { ChatChunk, ChatCompletion, ChatRequest } from '../../openai/types.ts';
import type { ChunkStream, Clock, Provider, ProviderContext } from '../../ports/index.ts';

/** What came of one request: everything that was read, and the error it ended with. */
export interface Reading {
  readonly chunks: readonly ChatChunk[];
  readonly completion: ChatCompletion | undefined;
  readonly error: NexusError | undefined;
}

/** Longest wait for something that has to happen, in milliseconds. */
const PATIENCE_MS = 5000;

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

/** Asks and reads to the end. Whatever is thrown has to be a `NexusError`. */
export async function readAll(provider: Provider, streamed: boolean, context = contextOf()): Promise<Reading> {
  const chunks: ChatChunk[] = [];
  let completion: ChatCompletion | undefined;
  try {
    const answer = await within(provider.open(questionOf(streamed), context), 'an answer or an error');
    if (isStream(answer)) await within(readInto(chunks, answer), 'the end of the stream');
    else completion = answer;
    return { chunks, completion, error: undefined };
  } catch (error) {
    if (isNexusError(error)) return { chunks, completion, error };
    throw new Error(`Expected a NexusError; came ${String(error)}.`, { cause: error });
  }
}

/** The stream itself, for cases that stop in the middle. */
export async function openStream(provider: Provider, context: ProviderContext): Promise<AsyncIterator<unknown>> {
  const answer = await within(provider.open(questionOf(true), context), 'a stream');
  if (!isStream(answer)) throw new Error('Expected a stream; came a whole completion.');
  return answer[Symbol.asyncIterator]();
}

/** The content of a reading, all pieces joined. */
export function textOf({ chunks, completion }: Reading): string {
  const pieces = chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta.content ?? ''));
  return completion ? (completion.choices[0]?.message.content ?? '') : pieces.join('');
}

/** Fails unless both are the same. */
export function expectSame(what: string, came: unknown, wanted: unknown): void {
  const [a, b] = [inspect(came, { depth: 9 }), inspect(wanted, { depth: 9 })];
  if (a !== b) throw new Error(`${what}: expected ${b}; came ${a}.`);
}

/** Fails unless the reading ended with one of these errors. */
export function expectCode(reading: Reading, ...codes: readonly NexusErrorCode[]): NexusError {
  const { error } = reading;
  if (error && codes.includes(error.code)) return error;
  const came = error ? `${error.code} ("${error.message}")` : `no error, text "${textOf(reading)}"`;
  throw new Error(`Expected the error ${codes.join(' or ')}; came ${came}.`);
}

/** Fails when it takes longer than anything on loopback should. */
export function within<T>(pending: Promise<T>, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Expected ${what} within ${PATIENCE_MS} ms; nothing came.`));
    }, PATIENCE_MS);
    pending.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

async function readInto(chunks: ChatChunk[], stream: ChunkStream): Promise<void> {
  for await (const batch of stream) chunks.push(...(isList(batch) ? batch : [batch]));
}

function isStream(answer: ChatCompletion | ChunkStream): answer is ChunkStream {
  return Symbol.asyncIterator in answer;
}

function isList(batch: ChatChunk | readonly ChatChunk[]): batch is readonly ChatChunk[] {
  return Array.isArray(batch);
}
