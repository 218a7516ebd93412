/**
 * `npm run bench:limits`: limits that several processes share over Redis, and what a Redis that is away costs. Needs
 * `redis-server`; starts its own on a free port, and ends it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { redisQuota } from 'nexusai-hub/adapters/redis';
import type { Bound, Quota } from 'nexusai-hub/ports';
import { format } from 'prettier';

import { systemClock } from '../src/defaults/clock.ts';
import { type AwayMode, guardedQuota } from '../src/defaults/guarded-quota.ts';
import { type RedisServer, startRedis } from '../test/services/redis-server.ts';
import type { Offer, Offered } from './shared-limits-worker.ts';
import { percentile } from './statistics.ts';

const WORKER = fileURLToPath(new URL('shared-limits-worker.ts', import.meta.url));
const PROCESSES = 4;
const LIMIT = 1_000;
const OFFERED = 5_000;
const SECONDS = 8;
/** Of requests one after the other. */
const TAKINGS = 2_000;
const REQUESTS = 10_000;

type Cells = readonly (string | number)[];

function tableOf(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, place) => (place === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/**
 * Second by second: what four processes offer, and what is let in of it. The load comes from rest; once at the beginning
 * of a second that is counted, and once in the midst of one.
 */
async function shared(redis: RedisServer): Promise<string> {
  const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startWorker(redis.url)));
  const rows: Cells[] = [];
  for (const [name, leadMs] of [
    // What the compiler has not seen yet is slow to tell what was let in, and does not count.
    ['warm-up', 0],
    ['from the first second on', 0],
    ['from the midst of the first second on', 500],
  ] as const) {
    const bound: Bound = { kind: 'rate', key: name, limit: LIMIT, perMs: 1_000, units: 1 };
    const countsFromMs = Date.now() + 300;
    const startsAtMs = countsFromMs + leadMs;
    const order = { bound, perSecond: OFFERED / PROCESSES, countsFromMs, startsAtMs, seconds: SECONDS };
    const answers = await Promise.all(workers.map((worker) => offered(worker, order)));
    const sums = (pick: (answer: Offered) => readonly number[]): number[] =>
      Array.from({ length: SECONDS }, (_, second) => answers.reduce((sum, one) => sum + (pick(one)[second] ?? 0), 0));
    if (name === 'warm-up') continue;
    rows.push([`offered, ${name}`, ...sums((answer) => answer.offered)]);
    rows.push([`**let in**, ${name}`, ...sums((answer) => answer.admitted)]);
  }
  for (const worker of workers) worker.disconnect();
  return tableOf([`second (limit ${LIMIT}/s)`, ...Array.from({ length: SECONDS }, (_, second) => second + 1)], rows);
}

async function startWorker(url: string): Promise<ChildProcess> {
  const worker = fork(WORKER, [url], { execArgv: ['--import', 'tsx'] });
  await once(worker, 'message');
  return worker;
}

async function offered(worker: ChildProcess, order: Offer): Promise<Offered> {
  worker.send(order);
  const [answer] = (await once(worker, 'message')) as [Offered];
  return answer;
}

/** How long a taking waits: Redis well, frozen, gone, and back again. */
async function away(redis: RedisServer, whenAway: AwayMode): Promise<readonly Cells[]> {
  let lines = 0;
  const write = (): void => {
    lines++;
  };
  const logger = { debug: write, info: write, warn: write, error: write };
  const guard = guardedQuota(redisQuota({ url: redis.url }), { whenAway, withinMs: 20 }, systemClock, logger);
  const row = async (name: string, times: number): Promise<Cells> => {
    lines = 0;
    const waits: number[] = [];
    const admitted = await takeAll(guard, times, waits);
    const ms = [0.5, 0.99, 1].map((part) => percentile(waits, part).toFixed(3));
    return [`${whenAway}: ${name}`, times, admitted, ...ms, lines];
  };
  await guard.take([]);
  const rows = [await row('Redis is well', TAKINGS)];
  redis.freeze();
  rows.push(await row('it freezes', REQUESTS));
  redis.thaw();
  while (guard.state().kind === 'away') await new Promise((resolve) => setTimeout(resolve, 10));
  rows.push(await row('it has thawed', TAKINGS));
  await redis.kill();
  rows.push(await row('it was killed', REQUESTS));
  await redis.restart();
  while (guard.state().kind === 'away') await new Promise((resolve) => setTimeout(resolve, 10));
  rows.push(await row('it was started again', TAKINGS));
  await guard.close?.();
  return rows;
}

async function takeAll(quota: Quota, times: number, waits: number[]): Promise<number> {
  const bounds: readonly Bound[] = [
    { kind: 'rate', key: 'hub', limit: LIMIT, perMs: 1_000, units: 1 },
    { kind: 'rate', key: 'tokens', limit: 1_000_000, perMs: 60_000, units: 100 },
    { kind: 'slots', key: 'app', limit: 100 },
  ];
  let admitted = 0;
  for (let time = 0; time < times; time++) {
    const from = performance.now();
    try {
      const came = await quota.take(bounds);
      if ('settle' in came) {
        admitted++;
        came.settle([1, 80]);
      }
    } catch {
      // Closed.
    }
    waits.push(performance.now() - from);
  }
  return admitted;
}

const redis = await startRedis();
try {
  const rows = [];
  for (const mode of ['local-share', 'closed', 'open'] as const) rows.push(...(await away(redis, mode)));
  const head = [
    'a taking (3 bounds) and its settlement',
    'asked',
    'let in',
    'p50 ms',
    'p99 ms',
    'longest ms',
    'log lines',
  ];
  const report = `${await shared(redis)}\n\n${tableOf(head, rows)}`;
  console.log(await format(report, { parser: 'markdown', printWidth: 120 }));
} finally {
  await redis.stop();
}
