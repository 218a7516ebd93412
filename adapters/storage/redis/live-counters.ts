import type { LiveCounters, LiveReport, LiveTotals } from 'nexusai-hub/ports';
import { REPORT } from './live-script.ts';
import { Scripts } from './scripts.ts';
import { type RedisUse, useRedis } from './use.ts';

/** Counts, by their names in Redis. */
const COUNTS = [
  'requests',
  'failed',
  'promptTokens',
  'completionTokens',
  'totalTokens',
  'costNanoUsd',
] as const satisfies readonly (keyof LiveReport['counts'])[];

/**
 * Counts in Redis what all processes that use the same one do at the moment. A report is one script, and none is counted twice,
 * also where its answer was lost. While Redis is away it rejects at once.
 * @throws TypeError naming the option that is wrong.
 */
export function redisLiveCounters(options: RedisUse): LiveCounters {
  const redis = useRedis('redisLiveCounters', options);
  const scripts = new Scripts(redis.client);
  const keyOf = (name: string): string => `${redis.prefix}live:${name}`;
  return {
    async report(report) {
      const keys = ['counts', 'running', 'in-flight', 'shed', 'sessions', `process:${report.process}`].map(keyOf);
      return totalsIn(await scripts.run(REPORT, keys, valuesOf(report)));
    },
    close: () => redis.close(),
  };
}

function valuesOf({ process, lastsMs, load, nowMs, idleMs, counts, counted, sessions }: LiveReport): string[] {
  const head = [process, lastsMs, load.inFlight, load.shed, nowMs, idleMs, COUNTS.length];
  const numbers = COUNTS.flatMap((name) => [name, counts[name], counted[name]]);
  return [...head, ...numbers, ...sessions.flatMap(({ name, atMs }) => [name, atMs ?? ''])].map(String);
}

function totalsIn(answer: unknown): LiveTotals {
  const numbers = Array.isArray(answer) ? answer.map(Number) : [];
  if (numbers.length !== COUNTS.length + 4 || numbers.some(Number.isNaN))
    throw new TypeError('Redis gave no answer of the script that was run.');
  const [processes = 0, inFlight = 0, shed = 0, activeSessions = 0, ...counts] = numbers;
  const countOf = (name: (typeof COUNTS)[number]): number => counts[COUNTS.indexOf(name)] ?? 0;
  return {
    processes,
    inFlight,
    shed,
    activeSessions,
    requests: countOf('requests'),
    failed: countOf('failed'),
    promptTokens: countOf('promptTokens'),
    completionTokens: countOf('completionTokens'),
    totalTokens: countOf('totalTokens'),
    costNanoUsd: countOf('costNanoUsd'),
  };
}
