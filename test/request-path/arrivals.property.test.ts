import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatChunk, ChunkStream } from 'nexusai-hub/ports';
import { isNexusError, NexusError } from '../../src/errors.ts';
import { arriving, arrivingBody, BEGUN, piece, streamOf } from './arriving.ts';
import { checkBooks } from './books.ts';
import { type Harness, harness } from './harness.ts';

/** What a stream that is read as it arrives says, and how it ends. */
interface Read {
  readonly said: readonly unknown[];
  readonly code: string | undefined;
  readonly outcome: string | undefined;
}

/** What happens, in turn: so many bytes come, somebody reads in one of the ways there are, or everybody gets on. */
type Step = number | 'next' | 'nextBatch' | 'take' | 'arrival' | 'settle';

const TEXTS = ['One', ' two', ' “三”', ' \n', ' 👋', ' six'];
const SPOKEN = TEXTS.map((text) => piece(JSON.stringify({ content: text }))).join('');
const USAGE =
  'data: {"id":"a","created":1,"model":"m","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9,"total_tokens":10}}\n\n';
const COMPLETE = `${SPOKEN}${piece('{}', '"stop"')}${USAGE}data: [DONE]\n\n`;
const ENDINGS = {
  complete: COMPLETE,
  'without its end mark': SPOKEN + piece('{}', '"stop"'),
  'in the middle': SPOKEN.slice(0, -40),
  'with an error': `${SPOKEN}data: {"error":{"message":"overloaded","type":"server_error"}}\n\n`,
  'with nonsense': `${SPOKEN}data: {nonsense\n\n`,
  'with a chunk without choices': `${SPOKEN}data: {"id":"a","choices":7}\n\n`,
};

async function* onlyIterated(stream: ChunkStream): ChunkStream {
  yield* stream;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How an answer comes, and by whom it is read. */
interface Way {
  readonly rest: string;
  /** Its connection breaks then. */
  readonly broken?: boolean;
  readonly plainly?: boolean;
  /** Reads begin while others wait: then only what they get together is certain, not who gets what. */
  readonly together?: boolean;
}

/** Reads an answer in the ways that are told, and then to its end. */
async function readBy(steps: readonly Step[], way: Way): Promise<Read> {
  const { rest, broken = false, plainly = false, together = false } = way;
  const body = arrivingBody();
  const made = harness({ a: arriving(body, plainly ? onlyIterated : undefined) }, { routing: { maxAttempts: 1 } });
  body.push(Buffer.from(BEGUN));
  const stream = await streamOf(made.hub);
  const said: ChatChunk[] = [];
  const codes: string[] = [];
  const note = (cause: unknown): void => {
    codes.push(isNexusError(cause) ? cause.code : String(cause));
  };
  let isOver = false;
  /** What came of a read that began when `wasOver` said whether one had been told of the end. */
  const heard = (items: readonly ChatChunk[] | undefined, wasOver = isOver): void => {
    if (wasOver && items?.length) codes.push('it went on after its end');
    said.push(...(items ?? []));
  };
  const batch = async (): Promise<boolean> => {
    const wasOver = isOver;
    const items = await stream.nextBatch();
    heard(items, wasOver);
    isOver ||= items === undefined;
    return items !== undefined;
  };
  const bytes = Buffer.from(rest);
  let at = 0;
  const push = (count: number): void => {
    if (at < bytes.length) body.push(bytes.subarray(at, at + count));
    at += count;
  };
  const reads: Record<Exclude<Step, number>, () => Promise<void> | void> = {
    next: () =>
      stream.next().then(({ value }) => {
        if (value) said.push(value);
      }, note),
    nextBatch: () => batch().then(() => undefined, note),
    take: () => heard(stream.take()),
    arrival: () => stream.arrival()?.then(() => heard(stream.take())),
    settle: settled,
  };
  const pending: Promise<void>[] = [];
  let waiting = 0;
  const read = async (step: Exclude<Step, number>): Promise<void> => {
    if (waiting > 0 && !together) return;
    waiting++;
    await reads[step]();
    waiting--;
  };
  for (const step of steps) {
    if (typeof step === 'number') push(step);
    else if (step === 'settle') await settled();
    else pending.push(read(step));
  }
  push(bytes.length);
  if (broken) body.fail(new NexusError('stream_interrupted', 'The connection broke.'));
  else body.end();
  await Promise.all(pending);
  try {
    while (await batch());
  } catch (cause) {
    note(cause);
  }
  await closed(made);
  if (together) said.sort((one, other) => placeOf(one) - placeOf(other));
  return { said, code: codes[0], outcome: made.books.records[0]?.outcome };
}

/** Where a chunk stands among all that are sent. */
function placeOf(chunk: ChatChunk): number {
  const [choice] = chunk.choices;
  if (!choice) return Infinity;
  return choice.finish_reason ? TEXTS.length : [...TEXTS, ''].findIndex((text) => choice.delta.content === text);
}

async function closed({ hub, books }: Harness): Promise<void> {
  await hub.close();
  checkBooks(books, 1);
}

const STEPS = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 400 }),
    fc.constantFrom<Step>('next', 'nextBatch', 'take', 'arrival', 'settle', 'settle'),
  ),
  { maxLength: 24 },
);

describe('S1: an answer that is taken as it arrives', () => {
  const ways: readonly (readonly [string, Way])[] = [
    ...Object.entries(ENDINGS).map(([name, rest]) => [`that ends ${name}`, { rest }] as const),
    ['whose connection breaks', { rest: SPOKEN, broken: true }],
  ];
  it.each(ways)('%s says the same, and ends the same, as one that is iterated', async (_name, way) => {
    const expected = await readBy([], { ...way, plainly: true });
    const sorted = await readBy([], { ...way, plainly: true, together: true });
    await fc.assert(
      fc.asyncProperty(STEPS, fc.boolean(), async (steps, together) => {
        expect(await readBy(steps, { ...way, together })).toEqual(together ? sorted : expected);
      }),
    );
  });
});
