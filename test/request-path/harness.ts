import { NexusHub } from 'nexusai-hub';
import type { NexusHubOptions, Providers } from 'nexusai-hub';
import type { ChatChunk, ChatRequest } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import type { ManualClock } from 'nexusai-hub/testing';
import type { Books } from './books.ts';
import { keepBooks } from './books.ts';

/** A hub with manual time, a balancer that keeps the order, backoff without chance, and books. */
export interface Harness {
  readonly hub: NexusHub;
  readonly clock: ManualClock;
  readonly books: Books;
}

/** Builds a harness; all providers serve the model `m` in their order. */
export function harness(
  providers: Providers,
  options: Partial<NexusHubOptions> = {},
  books: Books = keepBooks(),
): Harness {
  const clock = manualClock();
  const hub = new NexusHub({
    providers,
    models: { m: Object.keys(providers) },
    balancer: { order: (targets) => targets },
    random: () => 0.5,
    clock,
    limiter: books.limiter,
    flowControl: books.flowControl,
    circuitBreaker: books.circuitBreaker,
    statsSinks: [books.sink],
    // Four characters a token: what is counted is not the point of these tests.
    tokenCounter: { count: (text) => Promise.resolve({ tokens: Math.ceil(text.length / 4), exact: false }) },
    ...options,
  });
  return { hub, clock, books };
}

export const PLAIN: ChatRequest & { stream?: false } = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
export const STREAM: ChatRequest & { stream: true } = { ...PLAIN, stream: true };

/** Reads a stream to its end and returns its text and how it ended. */
export async function readAll(
  stream: AsyncIterable<ChatChunk>,
): Promise<{ text: string; chunks: ChatChunk[]; error: unknown }> {
  const chunks: ChatChunk[] = [];
  let error: unknown;
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (cause) {
    error = cause;
  }
  return {
    text: chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join(''),
    chunks,
    error,
  };
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (cause) {
    return cause;
  }
  throw new Error('Expected a rejection.');
}
