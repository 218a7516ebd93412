import { describe, expect, it } from 'vitest';
import type { AnswerStream } from 'nexusai-hub';
import { createFetch } from 'nexusai-hub/http';
import type { ChatChunk, ChunkStream, Limiter } from 'nexusai-hub/ports';
import type { ManualClock } from 'nexusai-hub/testing';
import type { ArrivingBody } from '../../src/provider-kit/arriving-body.ts';
import { arriving, arrivingBody, BEGUN, piece, streamOf } from './arriving.ts';
import { harness, readAll, STREAM } from './harness.ts';

const MORE = piece('{"content":" more"}');
const END = `${piece('{}', '"stop"')}data: [DONE]\n\n`;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an answer that is waited for', () => {
  it('tells when its provider falls silent', async () => {
    const { clock, waits, stream } = await waiting();
    await clock.advance(120_000);
    await waits;
    await expect(stream.nextBatch()).rejects.toMatchObject({ code: 'stream_idle' });
  });

  it('tells when its reader leaves', async () => {
    const { waits, stream } = await waiting();
    stream.cancel();
    await waits;
    expect(stream.take()).toBeUndefined();
    expect(await stream.nextBatch()).toBeUndefined();
  });

  it('is waited for again where half an event came', async () => {
    const { waits, stream, body } = await waiting();
    body.push(Buffer.from(END.slice(0, 20)));
    await waits;
    expect(stream.take()).toBeUndefined();
    let isHere = false;
    void stream.arrival()?.then(() => (isHere = true));
    await turn();
    expect(isHere).toBe(false);
    body.push(Buffer.from(END.slice(20)));
    await turn();
    expect([isHere, stream.take()?.length]).toEqual([true, 1]);
  });

  it('tells several who wait', async () => {
    const { waits, stream, body } = await waiting();
    const again = stream.arrival();
    const batch = stream.nextBatch();
    body.push(Buffer.from(END));
    await Promise.all([waits, again]);
    expect(await batch).toHaveLength(1);
  });

  it('hands out nothing twice, and tells nobody of an end that has not come', async () => {
    const { waits, stream, body } = await waiting();
    const batches = [stream.nextBatch(), stream.nextBatch(), stream.nextBatch()];
    for (const event of [MORE, MORE, END]) {
      body.push(Buffer.from(event));
      await turn();
    }
    body.end();
    await waits;
    expect((await Promise.all(batches)).map((batch) => batch?.length)).toEqual([1, 1, 1]);
    expect(await stream.nextBatch()).toBeUndefined();
  });
});

describe('a stream that a provider has wrapped', () => {
  const SECRET = piece('{"content":" secret"}');
  const wraps: readonly (readonly [string, (stream: ChunkStream) => ChunkStream])[] = [
    ['by another `next`', patched],
    ['by an object over it', (stream) => over(stream)],
    ['by a proxy', (stream) => new Proxy(over(stream), {})],
    ['by a class with such methods of its own', (stream) => new OwnQueue(stream)],
  ];

  it.each(wraps)('%s is read by its `next` alone, in process and over HTTP', async (_how, wrap) => {
    for (const read of [inProcess, overHttp]) {
      const body = arrivingBody();
      const { hub } = harness({ a: arriving(body, wrap) });
      const reading = read(hub);
      for (const event of [BEGUN, SECRET, SECRET, END]) {
        body.push(Buffer.from(event));
        await turn();
      }
      body.end();
      expect(await reading).toBe('Well: ****** ******');
    }
  });
});

it('L10: an answer that is too long is cut off at once, also while its provider says nothing', async () => {
  const body = arrivingBody();
  const limiter: Limiter = { acquire: () => ({ mostCompletionTokens: 3, settle: () => undefined }) };
  const { hub } = harness({ a: arriving(body) }, { limiter });
  body.push(Buffer.from(BEGUN + piece(`{"content":"${'word'.repeat(9)}"}`)));
  expect(await textOver(hub)).toContain('budget_exhausted');
});

/** An answer that has begun, and goes on when its provider does. */
async function waiting(): Promise<{
  clock: ManualClock;
  waits: Promise<void>;
  stream: AnswerStream<ChatChunk>;
  body: ArrivingBody;
}> {
  const body = arrivingBody();
  const { hub, clock } = harness({ a: arriving(body) }, { routing: { maxAttempts: 1 } });
  body.push(Buffer.from(BEGUN));
  const stream = await streamOf(hub);
  expect(stream.take()).toHaveLength(1);
  const waits = stream.arrival();
  if (!waits) throw new Error('It cannot tell.');
  return { clock, waits, stream, body };
}

type Hub = ReturnType<typeof harness>['hub'];
type Step = IteratorResult<ChatChunk | readonly ChatChunk[]>;

async function inProcess(hub: Hub): Promise<string> {
  return (await readAll(await hub.chat.completions.create(STREAM))).text;
}

async function overHttp(hub: Hub): Promise<string> {
  return [...(await textOver(hub)).matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content).join('');
}

async function textOver(hub: Hub): Promise<string> {
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(STREAM) };
  return (await createFetch(hub)(new Request('http://hub/v1/chat/completions', asked))).text();
}

/** Hides what is secret. */
function redacted(step: Step): Step {
  if (step.done) return step;
  const value = JSON.parse(JSON.stringify(step.value).replaceAll('secret', '******')) as readonly ChatChunk[];
  return { done: false, value };
}

function patched(stream: ChunkStream): ChunkStream {
  const iterator = stream[Symbol.asyncIterator]();
  const next = iterator.next.bind(iterator);
  return { [Symbol.asyncIterator]: () => Object.assign(iterator, { next: () => next().then(redacted) }) };
}

function over(stream: ChunkStream): ChunkStream {
  const iterator = stream[Symbol.asyncIterator]();
  const copy = Object.create(iterator) as AsyncIterableIterator<ChatChunk | readonly ChatChunk[]>;
  return Object.assign(copy, {
    next: () => iterator.next().then(redacted),
    [Symbol.asyncIterator]: () => copy,
  });
}

class OwnQueue implements AsyncIterableIterator<ChatChunk | readonly ChatChunk[]> {
  readonly #iterator: AsyncIterator<ChatChunk | readonly ChatChunk[]>;

  constructor(stream: ChunkStream) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    return this.#iterator.next().then(redacted);
  }

  take(): never {
    throw new Error('It is not the hub that takes.');
  }

  whenReady(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
