import { setTimeout as sleep } from 'node:timers/promises';

import { Agent, request } from 'undici';

import { requestBody } from '../prompts.ts';
import { CALLER_KEY, TAG_LENGTH, TAG_MARK, tagOf } from '../wire.ts';
import { type Ending, endingOfWhole, SeenStream } from './seen-answer.ts';

/** The load of one scenario: a request at every tick, whatever became of those before. */
export interface LoadOrder {
  readonly port: number;
  readonly model: string;
  readonly forMs: number;
  readonly everyMs: number;
  /** Every so-manieth request is answered whole; 0: all are streams. */
  readonly wholeEvery: number;
  /** Every so-manieth client leaves after `leavesAfterMs`; 0: all stay. */
  readonly leavesEvery: number;
  readonly leavesAfterMs: number;
}

/** One request as its client saw it. */
export interface Seen {
  readonly tag: string;
  readonly ending: Ending | 'left';
  /** Until the first content, or the whole answer, in milliseconds. */
  readonly firstMs: number | undefined;
  readonly status: number;
  /** The answer names a time to come back. */
  readonly hasRetryAfter: boolean;
  /** When the client left, in milliseconds of `performance.now()`. */
  readonly leftAtMs: number | undefined;
}

/** Requests at once: whatever happens, the run must not grow without end. */
const MOST_AT_ONCE = 200;
/** Longer than anything the hub is allowed to take. */
const PATIENCE_MS = 10_000;

/** Calls the server until the time is over, waits for what is under way, and tells how all of it ended. */
export async function runLoad(order: LoadOrder): Promise<readonly Seen[]> {
  const agent = new Agent();
  const all: Promise<Seen>[] = [];
  let atOnce = 0;
  const startedAt = performance.now();
  for (let count = 0; count * order.everyMs < order.forMs; count++) {
    await sleep(startedAt + count * order.everyMs - performance.now());
    if (atOnce >= MOST_AT_ONCE) continue;
    atOnce++;
    all.push(ask(order, count, agent).finally(() => atOnce--));
  }
  const seen = await Promise.all(all);
  await agent.destroy();
  return seen;
}

async function ask(order: LoadOrder, count: number, agent: Agent): Promise<Seen> {
  const tag = tagOf(count);
  const isStreamed = !isTurn(count, order.wholeEvery);
  const leaving = new AbortController();
  let leftAtMs: number | undefined;
  const leave = (): void => {
    leftAtMs = performance.now();
    leaving.abort();
  };
  const leaves = isTurn(count, order.leavesEvery) ? setTimeout(leave, order.leavesAfterMs) : undefined;
  const seen = { tag, firstMs: undefined, status: 0, hasRetryAfter: false, leftAtMs };
  try {
    return await answerTo(order, tag, isStreamed, agent, leaving.signal);
  } catch {
    // Whoever did not leave had a connection that ended without a word.
    return { ...seen, leftAtMs, ending: leaving.signal.aborted ? 'left' : 'wrong' };
  } finally {
    clearTimeout(leaves);
  }
}

async function answerTo(
  { port, model }: LoadOrder,
  tag: string,
  isStreamed: boolean,
  agent: Agent,
  signal: AbortSignal,
): Promise<Seen> {
  const askedAt = performance.now();
  const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json' },
    body: requestBody(model, 0, isStreamed).replace(TAG_MARK + '0'.repeat(TAG_LENGTH), TAG_MARK + tag),
    dispatcher: agent,
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    signal,
  });
  const head = { tag, status: statusCode, hasRetryAfter: headers['retry-after'] !== undefined, leftAtMs: undefined };
  if (statusCode !== 200) {
    const { error } = (await body.json()) as { error?: { message?: string } };
    return { ...head, firstMs: undefined, ending: error?.message === undefined ? 'wrong' : 'refused' };
  }
  if (!isStreamed) {
    const ending = endingOfWhole(await body.text());
    return { ...head, firstMs: performance.now() - askedAt, ending };
  }
  const stream = new SeenStream(tag);
  let firstMs: number | undefined;
  for await (const bytes of body as AsyncIterable<Buffer>) {
    stream.push(bytes);
    if (stream.hasContent) firstMs ??= performance.now() - askedAt;
  }
  return { ...head, firstMs, ending: stream.ending() };
}

function isTurn(count: number, every: number): boolean {
  return every > 0 && count % every === every - 1;
}
