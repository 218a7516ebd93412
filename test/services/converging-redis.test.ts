import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { builtPrograms } from '../built-programs.ts';
import { answerLikeOpenAI } from '../clients/served-hub.ts';
import { ADMIN_KEY, convergenceTests, documentOf } from './converging.ts';
import type { RedisHubOptions } from './redis-hub.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

const HUBS = 4;
const MASTER_KEY = '3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53';

describe.skipIf(!hasRedis)('four processes over one Redis, and nothing else', () => {
  const programOf = builtPrograms({ hub: new URL('redis-hub.ts', import.meta.url) });
  const running: ChildProcess[] = [];
  let redis: RedisServer;
  let upstream: ScriptedUpstream;
  let urls: readonly string[];

  beforeAll(async () => {
    redis = await startRedis('--appendonly', 'yes');
    upstream = await scriptedUpstream(answerLikeOpenAI);
    urls = await Promise.all(Array.from({ length: HUBS }, start));
  });
  afterAll(async () => {
    await Promise.all(running.map(killed));
    await upstream.close();
    await redis.stop();
  });

  async function start(): Promise<string> {
    const document = documentOf(upstream);
    const options: RedisHubOptions = { redisUrl: redis.url, adminKey: ADMIN_KEY, masterKey: MASTER_KEY, document };
    const child = spawn(process.execPath, [programOf('hub'), JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return line;
  }

  convergenceTests(() => ({ urls, upstream }));

  it('M2: each ends by itself when it is told to', async () => {
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) child.stdin?.end();
    expect(await Promise.all(ended)).toEqual(running.map(() => [0, null]));
  });
});

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
