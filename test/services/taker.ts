/** One of several processes that count together: takes when it is told to, and says what came of it. */
import { createInterface } from 'node:readline';

import { redisQuota } from 'nexusai-hub/adapters/redis';
import type { Bound, Reservation } from 'nexusai-hub/ports';

import { PATIENT } from './patient.ts';

/** What a taker does for each line of its input. */
export interface TakeOrder {
  readonly bounds: readonly Bound[];
  readonly times: number;
  /** How many of them at the same time. */
  readonly atOnce: number;
  /** What was really used; `undefined`: they are not settled, and slots are held. */
  readonly used?: readonly number[];
}

/** What came of it. */
export interface Taken {
  readonly admitted: number;
  readonly refused: number;
}

const [url = '', leaseMs = ''] = process.argv.slice(2);
const quota = redisQuota({ ...PATIENT, url, leaseMs: Number(leaseMs) });

async function take({ bounds, times, atOnce, used }: TakeOrder): Promise<Taken> {
  let left = times;
  let admitted = 0;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const came = await quota.take(bounds);
      if ('refusedBy' in came) continue;
      admitted++;
      if (used) (came satisfies Reservation).settle(used);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { admitted, refused: times - admitted };
}

// Connected before the first order, so that all takers begin together.
await quota.take([]);
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await take(JSON.parse(line) as TakeOrder))}\n`);
await quota.close?.();
