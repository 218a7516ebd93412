/** One of several processes that offer requests to a limit they share. */
import { redisQuota } from 'nexusai-hub/adapters/redis';
import type { Bound } from 'nexusai-hub/ports';

/** What a worker is to offer. */
export interface Offer {
  readonly bound: Bound;
  readonly perSecond: number;
  /** When the first second begins (Unix milliseconds). */
  readonly countsFromMs: number;
  /** When the workers begin, all together. */
  readonly startsAtMs: number;
  readonly seconds: number;
}

/** What came of it, second by second: of the requests whose answers came in it. */
export interface Offered {
  readonly offered: readonly number[];
  readonly admitted: readonly number[];
}

const EVERY_MS = 4;

const quota = redisQuota({ url: process.argv[2] ?? '' });

async function offer({ bound, perSecond, countsFromMs, startsAtMs, seconds }: Offer): Promise<Offered> {
  const offered = Array.from({ length: seconds }, () => 0);
  const admitted = Array.from({ length: seconds }, () => 0);
  const count = (counts: number[]): void => {
    const second = Math.floor((Date.now() - countsFromMs) / 1_000);
    if (second >= 0 && second < seconds) counts[second] = (counts[second] ?? 0) + 1;
  };
  const pending: Promise<void>[] = [];
  const one = async (): Promise<void> => {
    count(offered);
    if ('settle' in (await quota.take([bound]))) count(admitted);
  };
  await new Promise((resolve) => setTimeout(resolve, startsAtMs - Date.now()));
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const lastMs = countsFromMs + seconds * 1_000 - startsAtMs;
      const ms = Math.min(Date.now() - startsAtMs, lastMs);
      while (pending.length < (ms * perSecond) / 1_000) pending.push(one());
      if (ms < lastMs) return;
      clearInterval(timer);
      resolve();
    }, EVERY_MS);
  });
  await Promise.all(pending);
  return { offered, admitted };
}

process.on('message', (order: Offer) => {
  void offer(order).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => {
  void Promise.resolve(quota.close?.()).then(() => process.exit(0));
});
await quota.take([]);
process.send?.('ready');
