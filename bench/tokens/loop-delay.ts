import { counterOver, tokenCounter } from '../../src/defaults/token-counter.ts';
import { encodeInTurns } from '../../src/defaults/tokens/encode-in-turns.ts';
import type { Encoder } from '../../src/defaults/tokens/encoder.ts';
import { median } from '../statistics.ts';
import { textsOf } from './texts.ts';

/** What counting a text costs: milliseconds, medians of the rounds. */
export interface DelayRow {
  readonly text: string;
  /** Until the count is there, in the thread. */
  readonly tookMs: number;
  /** CPU of the longest turn of the loop, where a thread does the encoding. */
  readonly besideThreadMs: number;
  /** The same where there is no thread. */
  readonly withoutThreadMs: number;
}

/** What no counter likes, and what many callers send at once. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'a prompt of 100 KB': [textsOf('English', 200).join('').slice(0, 100_000)],
  '10 prompts of 10,000 tokens at once': Array.from({ length: 10 }, () =>
    textsOf('mixed', 200).join('').slice(0, 16_000),
  ),
  '200,000 times "a"': ['a'.repeat(200_000)],
  '20,000 Chinese characters without a mark': ['今天天气很好我们去公园'.repeat(2_000).slice(0, 20_000)],
  'a megabyte without a space': ['YWJj+/9k'.repeat(125_000)],
  '100,000 halves of characters': ['\ud800'.repeat(100_000)],
};

/** What is left for the loop where a thread encodes: the pieces are copied for it. */
const handedOver: Encoder = {
  count: (pieces) => Promise.resolve(structuredClone(pieces).length),
  close: () => undefined,
};

/** Measures every text. */
export async function measureDelays(rounds: number): Promise<readonly DelayRow[]> {
  const thread = tokenCounter();
  const beside = counterOver(handedOver);
  const without = counterOver(encodeInTurns());
  const rows: DelayRow[] = [];
  // Encodings load once.
  for (const counter of [thread, without]) await counter.count('warm', 'gpt-4o');
  for (const [text, texts] of Object.entries(TEXTS)) {
    const runs = { took: [] as number[], beside: [] as number[], without: [] as number[] };
    const all = (counter: typeof thread): Promise<unknown> =>
      Promise.all(texts.map((one) => counter.count(one, 'gpt-4o')));
    for (let round = 0; round < rounds; round++) {
      const startedAt = performance.now();
      await all(thread);
      runs.took.push(performance.now() - startedAt);
      runs.beside.push(await longestTurnMs(() => all(beside)));
      runs.without.push(await longestTurnMs(() => all(without)));
    }
    rows.push({
      text,
      tookMs: median(runs.took),
      besideThreadMs: median(runs.beside),
      withoutThreadMs: median(runs.without),
    });
  }
  for (const counter of [thread, without]) counter.close();
  return rows;
}

/** By CPU, not by the clock: what else the machine does is not ours. */
async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let [last, longest, isOver] = [process.cpuUsage(), 0, false];
  const turn = (): void => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.cpuUsage();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  turn();
  return longest;
}
