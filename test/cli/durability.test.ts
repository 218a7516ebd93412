import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { scriptedUpstream, type UpstreamScript } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { buildServer } from '../../bench/build.ts';
import type { Bundle } from '../../bench/bundle.ts';
import { Callers } from '../../bench/kill/callers.ts';
import { configOf, killServer, requestsIn } from '../../bench/kill/kill-server.ts';
import { answerLikeOpenAI } from '../clients/served-hub.ts';
import { startCommandLine } from '../services/command-line.ts';

/** Of each kind. `npm run bench:kill` has 50. */
const KILLS = 3;
const SEED = 20_261_126;

let server: Bundle<'main'>;
beforeAll(async () => {
  server = await buildServer();
}, 60_000);
afterAll(() => server.remove());

describe('a server that is killed under load', { timeout: 120_000 }, () => {
  it('P1: has the record of every answer whose end was seen, where answers are acknowledged', async () => {
    const order = { program: server.fileOf('main'), durability: 'acknowledged', kills: KILLS, seed: SEED } as const;
    const { kills, toldOf } = await killServer(order);
    expect(kills.map(({ missing, database }) => ({ missing, database }))).toEqual(
      kills.map(() => ({ missing: 0, database: 'ok' })),
    );
    for (const { ends } of kills) expect(ends).toBeGreaterThan(0);
    expect(toldOf).toBe(KILLS);
  });

  it('P1: misses the last of them at most, where they are batched, and the next one says so', async () => {
    const order = { program: server.fileOf('main'), durability: 'batched', kills: KILLS, seed: SEED + 1 } as const;
    const { kills, toldOf } = await killServer(order);
    for (const { ends, database } of kills) {
      expect(database).toBe('ok');
      expect(ends).toBeGreaterThan(0);
    }
    // How long before a kill they were seen is for `npm run bench:kill` to say: here the machine has other work, too.
    const sumOf = (what: 'ends' | 'missing'): number => kills.reduce((sum, kill) => sum + kill[what], 0);
    expect(sumOf('missing')).toBeLessThan(sumOf('ends'));
    expect(toldOf).toBe(KILLS);
  });
});

/** Answers of a provider that takes its time over each event. */
const slowly: UpstreamScript = (request) => {
  const answer = answerLikeOpenAI(request);
  return { ...answer, sends: answer.sends?.flatMap((step) => [() => pause(10), step]) ?? [] };
};

it('P5, D1: a server that is told to end under load ends every answer, and keeps the records of all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-told-'));
  const upstream = await scriptedUpstream(slowly);
  const config = join(folder, 'nexus.yaml');
  writeFileSync(config, configOf(upstream.url, 'batched'));
  const { child, firstLine, ended, output } = startCommandLine({
    folder,
    program: [server.fileOf('main')],
    parameters: ['--config', config],
  });
  try {
    const callers = new Callers(await firstLine(), 'told', 24);
    await callers.begun;
    await pause(100);
    const toldAtMs = performance.now();
    child.kill('SIGTERM');
    const [code] = await Promise.all([ended, callers.over]);
    expect(code).toBe(0);
    expect(callers.seen.filter(({ ending }) => ending === 'cut')).toEqual([]);
    const whole = callers.seen.filter(({ ending }) => ending === 'whole');
    // Some were under way, and went on.
    expect(whole.some(({ atMs }) => atMs > toldAtMs)).toBe(true);
    const kept = await requestsIn(join(folder, 'data', 'ledger.db'));
    expect(whole.filter(({ requestId }) => !kept.has(requestId))).toEqual([]);
    expect(output.err).not.toContain('is lost');
  } finally {
    child.kill('SIGKILL');
    await upstream.close();
    rmSync(folder, { recursive: true });
  }
}, 120_000);
