import { describe, expect, it } from 'vitest';
import type { DisconnectPolicy } from 'nexusai-hub';
import type { AttemptRecord } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import type { ScriptedProvider } from 'nexusai-hub/testing';
import { checkBooks } from './books.ts';
import type { Harness } from './harness.ts';
import { harness, STREAM } from './harness.ts';

const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
const prices = { version: 'v1', models: { m: { input: 1, output: 1 } } };

/** Says `one two ` at once, ` three` after a second, its usage after another, and ends after a third. */
function slow(): ScriptedProvider {
  return scriptedProvider({
    streams: [
      { yields: chunkOf({ content: 'one two ' }) },
      { waitsMs: 1_000 },
      { yields: chunkOf({ content: 'three four', finish: 'stop' }) },
      { waitsMs: 1_000 },
      { yields: { ...chunkOf({}), choices: [], usage: USAGE } },
      { waitsMs: 1_000 },
    ],
  });
}

/** When the caller leaves, in milliseconds after its request. */
const MOMENTS = { 'in the middle': 500, 'after the last words': 1_500, 'just before the end': 2_500 } as const;
type Moment = keyof typeof MOMENTS;

interface Left extends Harness {
  readonly delivered: string;
  readonly provider: ScriptedProvider;
  /** Milliseconds until the caller's own reading ended. */
  readonly heardAfterMs: number;
}

/** A request whose caller leaves at a moment, by its signal or by leaving the loop. */
async function leave(policy: DisconnectPolicy, moment: Moment, how: 'signal' | 'return', options = {}): Promise<Left> {
  const provider = slow();
  const parts = harness({ a: provider }, { prices, records: { disconnect: policy, ...options } });
  const { hub, clock } = parts;
  const controller = new AbortController();
  const opening = hub.chat.completions.create(STREAM, { signal: controller.signal });
  await clock.advance(0);
  const stream = await opening;
  const iterator = stream[Symbol.asyncIterator]();
  let delivered = '';
  let heardAfterMs = -1;
  const startedAt = clock.elapsed();
  const reading = (async () => {
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next())
      delivered += step.value.choices[0]?.delta.content ?? '';
  })()
    .catch(() => undefined)
    .finally(() => (heardAfterMs = clock.elapsed() - startedAt));
  await clock.advance(MOMENTS[moment]);
  if (how === 'signal') controller.abort();
  else await iterator.return?.();
  await clock.advance(0);
  await reading;
  return { ...parts, delivered, provider, heardAfterMs };
}

type Charged = Pick<AttemptRecord, 'usageProvenance'> & { readonly total?: number };

const ABSENT: Charged = { usageProvenance: 'absent' };
const REPORTED: Charged = { usageProvenance: 'reported', total: 30 };
/** 11 for the prompt, and a token for four characters. */
const partial = (total: number): Charged => ({ usageProvenance: 'partial', total });

const MATRIX: readonly [DisconnectPolicy, Moment, Charged][] = [
  ['reported', 'in the middle', ABSENT],
  ['reported', 'after the last words', ABSENT],
  ['reported', 'just before the end', REPORTED],
  ['delivered', 'in the middle', partial(11)],
  ['delivered', 'after the last words', partial(14)],
  ['delivered', 'just before the end', REPORTED],
  ['none', 'in the middle', ABSENT],
  ['none', 'after the last words', ABSENT],
  ['none', 'just before the end', ABSENT],
  ['drain', 'in the middle', REPORTED],
  ['drain', 'after the last words', REPORTED],
  ['drain', 'just before the end', REPORTED],
];

describe('K3: what is charged of an answer its caller left', () => {
  const cases = MATRIX.flatMap(([policy, moment, charged]) =>
    (['signal', 'return'] as const).map((how) => [policy, moment, how, charged] as const),
  );

  it.each(cases)('%s, %s, by %s', async (policy, moment, how, { usageProvenance, total }) => {
    const { hub, clock, books, heardAfterMs, delivered } = await leave(policy, moment, how);
    expect(heardAfterMs).toBe(MOMENTS[moment]);
    expect(books.records).toHaveLength(policy === 'drain' ? 0 : 1);
    await clock.advance(3_000);
    checkBooks(books, 1);
    const costNanoUsd = total === undefined ? null : total * 1_000;
    const [record] = books.records;
    expect(record).toMatchObject({ outcome: 'aborted', error: 'cancelled', usageProvenance, costNanoUsd });
    expect(record?.attempts).toMatchObject([{ outcome: 'aborted', usageProvenance, costNanoUsd }]);
    expect(record?.usage?.total_tokens).toBe(total);
    const settled = policy === 'none' ? 0 : total;
    expect(books.settledWith.map((usage) => usage?.total_tokens)).toEqual([settled]);
    expect(books.tickets).toEqual([['abandon']]);
    expect(delivered).toBe(moment === 'in the middle' ? 'one two ' : 'one two three four');
    await hub.close();
    expect(clock.pending).toBe(0);
  });

  it.each(['reported', 'delivered', 'none', 'drain'] as const)('%s, before the first content', async (disconnect) => {
    const provider = scriptedProvider({ first: [{ waitsMs: 5_000 }], then: { says: 'Hi', usage: USAGE } });
    const { hub, clock, books } = harness({ a: provider }, { prices, records: { disconnect } });
    const controller = new AbortController();
    const failed = hub.chat.completions.create(STREAM, { signal: controller.signal }).catch(() => undefined);
    await clock.advance(1_000);
    controller.abort();
    await failed;
    await clock.advance(0);
    checkBooks(books, 1);
    expect(books.records).toMatchObject([{ outcome: 'aborted', usageProvenance: 'absent', costNanoUsd: null }]);
    expect(books.settledWith.map((usage) => usage?.total_tokens)).toEqual([disconnect === 'none' ? 0 : undefined]);
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);
    await hub.close();
  });
});

describe('an answer that is read to its end after its caller left', () => {
  it('is in the hub until then, and closing waits for it', async () => {
    const { hub, clock, books } = await leave('drain', 'in the middle', 'signal');
    expect(hub.stats.now().inFlight).toBe(1);
    const closing = hub.close({ drainMs: 10_000 });
    await clock.advance(2_500);
    await closing;
    expect(books.records).toMatchObject([{ usageProvenance: 'reported' }]);
  });

  it('is given up when the hub closes before', async () => {
    const { hub, clock, books, provider } = await leave('drain', 'in the middle', 'signal');
    const closing = hub.close({ drainMs: 100 });
    await clock.advance(100);
    await closing;
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);
    checkBooks(books, 1);
    expect(books.records).toMatchObject([{ outcome: 'aborted', usageProvenance: 'partial' }]);
    expect(clock.pending).toBe(0);
  });

  it('is given up after drainWithinMs', async () => {
    const { hub, clock, books, provider } = await leave('drain', 'in the middle', 'return', { drainWithinMs: 200 });
    expect(provider.calls[0]?.context.signal.aborted).toBe(false);
    await clock.advance(200);
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);
    expect(books.records).toMatchObject([{ outcome: 'aborted', usageProvenance: 'partial' }]);
    await hub.close();
  });

  it('goes on when the caller leaves a second way', async () => {
    const provider = slow();
    const { hub, clock, books } = harness({ a: provider }, { records: { disconnect: 'drain' } });
    const controller = new AbortController();
    const stream = await hub.chat.completions.create(STREAM, { signal: controller.signal });
    for await (const _chunk of stream) break;
    controller.abort();
    await clock.advance(3_000);
    expect(books.records).toMatchObject([{ outcome: 'aborted', usageProvenance: 'reported' }]);
    await hub.close();
  });

  it('an answer nobody leaves is as ever', async () => {
    const { hub, clock, books } = harness({ a: slow() }, { records: { disconnect: 'drain' } });
    const stream = await hub.chat.completions.create(STREAM);
    const reading = (async () => {
      let text = '';
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
      return text;
    })();
    await clock.advance(3_000);
    expect(await reading).toBe('one two three four');
    checkBooks(books, 1);
    expect(books.records).toMatchObject([{ outcome: 'ok', usageProvenance: 'reported' }]);
    await hub.close();
    expect(clock.pending).toBe(0);
  });
});
