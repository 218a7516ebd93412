import { createParser } from 'eventsource-parser';

import { systemClock } from '../src/defaults/clock.ts';
import { costOf } from '../src/defaults/cost.ts';
import { quotaLimiter } from '../src/defaults/limiter.ts';
import { ownersPrices } from '../src/defaults/price-table.ts';
import { memoryQuota } from '../src/defaults/quota.ts';
import { Collector } from '../src/openai/collect.ts';
import { EventReader } from '../src/openai/read-stream.ts';
import { parseChatRequest } from '../src/openai/request.ts';
import { changeMembers, jsonBytesOf } from '../src/openai/splice.ts';
import type { ChatChunk } from '../src/openai/types.ts';
import { withWireText } from '../src/openai/wire-text.ts';
import { chunkEvent } from '../src/openai/write-stream.ts';
import type { Caller } from '../src/ports/index.ts';
import { readChunks } from '../src/provider-kit/read-chunks.ts';
import { UpstreamBody } from '../src/provider-kit/upstream-body.ts';
import { CANNED_CHUNKS, CANNED_PIECES, CANNED_READS } from './canned.ts';
import { orderPieces } from './orders.ts';
import { requestBody } from './prompts.ts';
import { byRound, median, type Spread, spreadOf } from './statistics.ts';
import { eventsOf, tagOf } from './wire.ts';
import { cpuUs } from './worker.ts';

/** A hot piece beside the plain way of doing the same. */
interface Piece {
  readonly name: string;
  readonly unit: string;
  readonly baseline: string;
  /** Units that one run handles. */
  readonly units: number;
  readonly ours: () => unknown;
  readonly plain: () => unknown;
}

/** What a piece costs, in microseconds of CPU for each unit: medians, and ours over the plain way round by round. */
export interface MicroRun {
  readonly name: string;
  readonly unit: string;
  readonly baseline: string;
  readonly ours: number;
  readonly plain: number;
  readonly ratio: Spread;
}

const ROUNDS = 5;
const ORDERS = 200;

/** Runs every piece and its baseline in turn, each for so long in every round. */
export async function runMicro(forMs: number): Promise<readonly MicroRun[]> {
  const runs: MicroRun[] = [];
  for (const { name, unit, baseline, units, ours, plain } of pieces()) {
    const costs = { ours: [] as number[], plain: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      const plainUs = (await cpuOf(plain, forMs)) / units;
      const oursUs = (await cpuOf(ours, forMs)) / units;
      // The first round is for the compiler.
      if (round < 0) continue;
      costs.plain.push(plainUs);
      costs.ours.push(oursUs);
    }
    const ratio = spreadOf(byRound(costs.ours, costs.plain, (mine, other) => mine / other));
    runs.push({ name, unit, baseline, ours: median(costs.ours), plain: median(costs.plain), ratio });
  }
  return runs;
}

async function cpuOf(run: () => unknown, forMs: number): Promise<number> {
  const until = performance.now() + forMs;
  const before = cpuUs();
  let count = 0;
  do {
    await run();
    count++;
  } while (performance.now() < until);
  return (cpuUs() - before) / count;
}

function pieces(): readonly Piece[] {
  const datas = eventsOf(tagOf(0), CANNED_PIECES, false)
    .slice(0, -1)
    .map((event) => event.slice('data: '.length, -2));
  const chunks = datas.map((data) => withWireText(JSON.parse(data) as ChatChunk, data));
  return [
    {
      name: 'read events',
      unit: 'us/event',
      baseline: 'eventsource-parser alone',
      units: CANNED_CHUNKS,
      ours: readEvents,
      plain: parseEvents,
    },
    {
      name: 'read chunks in normal form',
      unit: 'us/chunk',
      baseline: 'eventsource-parser and JSON.parse',
      units: CANNED_CHUNKS,
      ours: readNormalChunks,
      plain: parseChunks,
    },
    {
      name: 'write chunks',
      unit: 'us/chunk',
      baseline: 'JSON.stringify',
      units: chunks.length,
      ours: () => chunks.map(chunkEvent).join(''),
      plain: () => chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''),
    },
    {
      name: 'collect chunks',
      unit: 'us/chunk',
      baseline: 'adding up the texts',
      units: chunks.length,
      ours: () => collected(chunks),
      plain: () => chunks.reduce((text, chunk) => text + (chunk.choices[0]?.delta.content ?? ''), ''),
    },
    pricePiece(),
    limitsPiece(),
    ...orderPieces([3, 20]).map(({ strategy, count, ours, plain }) => ({
      name: `order ${count} targets: ${strategy}`,
      unit: 'us',
      baseline: 'a die and a copy of the list',
      units: ORDERS,
      ours: () => repeat(ORDERS, ours),
      plain: () => repeat(ORDERS, plain),
    })),
    requestPiece('a short request', 0),
    requestPiece('a request of 100 KB', 100_000),
  ];
}

/** Answers that differ in their tokens, with the price of a model found among two hundred. */
function pricePiece(): Piece {
  const price = { input: 2.5, cachedInput: 1.25, output: 10 };
  const others = Array.from({ length: 200 }, (_, place) => [`model-${place}${place % 2 === 0 ? '' : '*'}`, price]);
  const table = ownersPrices({ models: { ...Object.fromEntries(others), 'gpt-4o-20*': price } });
  const priced = { providerId: 'main', providerKind: 'openai', model: 'gpt-4o-2024-08-06', atMs: 0 };
  const usages = Array.from({ length: 100 }, (_, place) => ({
    prompt_tokens: 2006 + place,
    completion_tokens: 300,
    total_tokens: 2306 + place,
    prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 100, audio_tokens: 0 },
  }));
  const ours = (): number => {
    let sum = 0;
    for (const usage of usages) {
      const found = table.priceOf(priced);
      sum += (found && costOf(usage, found)) ?? 0;
    }
    return sum;
  };
  const plain = (): number => {
    let sum = 0;
    for (const { prompt_tokens: prompt, completion_tokens: completion } of usages)
      sum += (prompt * price.input + completion * price.output) / 1e6;
    return sum;
  };
  return { name: 'price an answer', unit: 'us/answer', baseline: 'tokens times two prices', units: 100, ours, plain };
}

/** A request of a caller with every limit there is: let in, and settled by what it used. */
function limitsPiece(): Piece {
  const limiter = quotaLimiter(
    { requestsPerSecond: 1e6, unpriced: 'refuse', cutStreams: false },
    memoryQuota(systemClock),
    systemClock,
  );
  const caller: Caller = {
    id: 'app',
    role: 'user',
    requestsPerMinute: 1e8,
    tokensPerMinute: 1e10,
    maxConcurrent: 100,
    budgetNanoUsd: { day: 8e15, month: 9e15 },
  };
  const estimate = { model: 'm', promptTokens: 10, maxCompletionTokens: undefined };
  const settlement = { usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }, costNanoUsd: 1_000 };
  const { signal } = new AbortController();
  const counts = new Map<string, number>();
  return {
    name: 'hold all limits of a caller',
    unit: 'us/request',
    baseline: 'six counters in a map, unchecked',
    units: 100,
    ours: async () => {
      for (let request = 0; request < 100; request++) {
        const lease = limiter.acquire(caller, estimate, signal);
        (lease instanceof Promise ? await lease : lease).settle(settlement);
      }
    },
    plain: () => {
      for (let request = 0; request < 100; request++)
        for (const limit of ['hub', 'requests', 'tokens', 'slots', 'day', 'month'])
          counts.set(limit + caller.id, (counts.get(limit + caller.id) ?? 0) + 1);
    },
  };
}

/** A request is parsed, checked, given another model name and made ready to be sent. */
function requestPiece(what: string, promptBytes: number): Piece {
  const bytes = Buffer.from(requestBody('gpt-4o', promptBytes, true));
  return {
    name: `${what}: parse, check, change the model`,
    unit: 'us',
    baseline: 'JSON.parse, then JSON.stringify',
    units: 1,
    ours: () => jsonBytesOf(changeMembers(parseChatRequest(bytes), { model: 'mock-1' })),
    plain: () => JSON.stringify({ ...(JSON.parse(bytes.toString()) as object), model: 'mock-1' }),
  };
}

/** So often that the awaiting of a run does not count. */
function repeat(times: number, run: () => unknown): unknown {
  let last: unknown;
  for (let count = 0; count < times; count++) last = run();
  return last;
}

function readEvents(): number {
  const reader = new EventReader();
  let count = 0;
  for (const bytes of CANNED_READS) count += reader.push(bytes).length;
  return count + reader.end().length;
}

function parseEvents(): number {
  let count = 0;
  parseWith(() => count++);
  return count;
}

function parseWith(take: (data: string) => void): void {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: ({ data }) => take(data) });
  for (const bytes of CANNED_READS) parser.feed(decoder.decode(bytes, { stream: true }));
}

function parseChunks(): ChatChunk[] {
  const chunks: ChatChunk[] = [];
  parseWith((data) => {
    if (data !== '[DONE]') chunks.push(JSON.parse(data) as ChatChunk);
  });
  return chunks;
}

/** A body that is there already. */
class CannedBody extends UpstreamBody {
  #place = 0;

  override read(): Promise<Uint8Array | undefined> {
    return Promise.resolve(CANNED_READS[this.#place++]);
  }

  override take(): undefined {
    return undefined;
  }

  override cancel(): void {
    this.#place = CANNED_READS.length;
  }
}

const NO_TIMER = { cancel: (): undefined => undefined };
const CLOCK = { now: () => 0, elapsed: () => 0, schedule: () => NO_TIMER };

async function readNormalChunks(): Promise<number> {
  const response = { status: 200, headers: {}, body: new CannedBody() };
  let count = 0;
  for await (const batch of readChunks(response, { model: 'mock-1' }, { clock: CLOCK }))
    count += Array.isArray(batch) ? batch.length : 1;
  return count;
}

function collected(chunks: readonly ChatChunk[]): unknown {
  const collector = new Collector();
  for (const chunk of chunks) collector.add(chunk);
  return collector.completion();
}
