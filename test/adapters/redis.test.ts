import { connectRedis, type RedisClient, redisQuota } from 'nexusai-hub/adapters/redis';
import { describe, expect, it } from 'vitest';

import { Scripts, scriptOf } from '../../adapters/storage/redis/scripts.ts';

const SCRIPT = scriptOf('return 1');
class ErrorReply extends Error {
  readonly from = 'the server';
}

/** A client that fails for as long as there are failures, and keeps what it was asked. */
function failing(...failures: readonly (Error | undefined)[]): RedisClient & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (verb: string) => async () => {
    const failure = failures[asked.push(verb) - 1];
    if (failure) throw failure;
    return 1;
  };
  return { asked, eval: answer('eval'), evalSha: answer('evalSha') };
}

describe('L8: scripts', () => {
  it('are sent whole once where Redis does not know them, and by name afterwards', async () => {
    const client = failing(new Error('NOSCRIPT No matching script. Please use EVAL.'));
    const scripts = new Scripts(client);
    expect(await scripts.run(SCRIPT, [], [])).toBe(1);
    await scripts.run(SCRIPT, [], []);
    expect(client.asked).toEqual(['evalSha', 'eval', 'evalSha']);
  });

  it.each([
    new Error("ERR unknown command 'EVALSHA'"),
    new Error("NOPERM this user has no permissions to run the 'evalsha' command"),
    new ErrorReply('unsupported command'),
  ])('are always sent whole where their names are refused: %s', async (refusal) => {
    const client = failing(refusal);
    const scripts = new Scripts(client);
    await scripts.run(SCRIPT, [], []);
    await scripts.run(SCRIPT, [], []);
    expect(client.asked).toEqual(['evalSha', 'eval', 'eval']);
  });

  it('are tried by name again when sending them whole has failed, too', async () => {
    const client = failing(new Error('ERR odd'), new Error('ERR odd'));
    const scripts = new Scripts(client);
    await expect(scripts.run(SCRIPT, [], [])).rejects.toThrow('odd');
    await scripts.run(SCRIPT, [], []);
    expect(client.asked).toEqual(['evalSha', 'eval', 'evalSha']);
  });

  it.each(['LOADING Redis is loading the dataset in memory', 'CLUSTERDOWN The cluster is down', 'Socket closed'])(
    'are not run a second time after "%s"',
    async (message) => {
      const client = failing(new Error(message));
      await expect(new Scripts(client).run(SCRIPT, [], [])).rejects.toThrow(message);
      expect(client.asked).toEqual(['evalSha']);
    },
  );
});

it('L8: a logger that throws at a refused settlement costs its line alone', async () => {
  const refuses = (): Promise<never> => Promise.reject(new Error('ERR out of order'));
  let told = 0;
  const tell = (): never => {
    told++;
    throw new Error('The disk is full.');
  };
  const logger = { debug: tell, info: tell, warn: tell, error: tell };
  const quota = redisQuota({ client: { eval: refuses, evalSha: refuses }, logger });
  const taken = quota.take([{ kind: 'slots', key: 'ann', limit: 1 }]);
  await expect(taken).rejects.toMatchObject({ code: 'limiter_unavailable' });
  // A rejection that nobody has heard by now would end the process.
  await new Promise(setImmediate);
  await quota.close?.();
  expect(told).toBe(1);
});

describe('wrong options', () => {
  it.each([
    ['url', { url: 'http://user:hidden@localhost' }],
    ['url', { url: [] }],
    ['url', { url: ['redis://localhost', 'hidden'] }],
    ['url', { url: 'redis://user:hidden@localhost/zero' }],
    ['prefix', { url: 'redis://localhost', prefix: 'nexus:' }],
    ['prefix', { url: 'redis://localhost', prefix: '{}:' }],
    ['client', { client: {} as unknown as RedisClient }],
    ['leaseMs', { url: 'redis://localhost', leaseMs: 0 }],
  ])('%s: %j', (option, options) => {
    expect(() => redisQuota(options)).toThrow(new RegExp(`^redisQuota: ${option} must`));
    expect(() => redisQuota(options)).not.toThrow(/hidden/);
  });

  it('of a connection reject', async () => {
    await expect(connectRedis({ url: 'redis://:hidden@' })).rejects.toThrow(/^connectRedis: url must .*not shown/);
    await expect(connectRedis({ url: 'redis://localhost', connectTimeoutMs: -1 })).rejects.toThrow(TypeError);
  });

  it('of a taking reject', async () => {
    const quota = redisQuota({ client: failing() });
    const rate = { kind: 'rate', key: 'a', limit: 0, perMs: 1_000, units: 1 } as const;
    await expect(quota.take([rate])).rejects.toThrow('rate "a": limit must be over 0 (got 0).');
    await expect(quota.take([{ ...rate, limit: 1, units: Number.NaN }])).rejects.toThrow('units must be');
    await expect(quota.take([{ ...rate, limit: 1, perMs: 0.5 }])).rejects.toThrow('perMs must be 1 or more (got 0.5)');
    await quota.close?.();
  });
});
