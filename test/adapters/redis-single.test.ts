import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { singleConnection } from '../../adapters/storage/redis/single-connection.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const NOTHING = { keys: [], arguments: [] };

/** A client whose server says this to every script; `seen` has what was done with it. */
function clientThatHears(reply: string) {
  const seen: string[] = [];
  const answer = async (): Promise<never> => {
    throw new Error(reply);
  };
  const client = {
    eval: answer,
    evalSha: answer,
    isReady: true,
    connect: async () => void seen.push('connect'),
    destroy: () => void seen.push('destroy'),
    on: () => undefined,
  };
  return { client, seen };
}

it('a server that has become a replica is left for whoever is found in its place, once a second at most', async () => {
  const { client, seen } = clientThatHears("READONLY You can't write against a read only replica.");
  const connection = await singleConnection(client);
  const ask = async (): Promise<void> => {
    await expect(connection.evalSha('', NOTHING)).rejects.toThrow('READONLY');
    await expect(connection.eval('', NOTHING)).rejects.toThrow('READONLY');
  };
  await ask();
  await ask();
  expect(seen).toEqual(['connect', 'destroy', 'connect']);
  await vi.advanceTimersByTimeAsync(1_000);
  await ask();
  expect(seen).toEqual(['connect', 'destroy', 'connect', 'destroy', 'connect']);
  connection.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await ask();
  expect(seen.slice(5)).toEqual(['destroy']);
});

it('a server that refuses for another reason keeps its connection', async () => {
  const { client, seen } = clientThatHears('OOM command not allowed');
  const connection = await singleConnection(client);
  await expect(connection.eval('', NOTHING)).rejects.toThrow('OOM');
  expect(seen).toEqual(['connect']);
});
