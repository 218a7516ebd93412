import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { clusterConnection } from '../../adapters/storage/redis/cluster-connection.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What makes clients of a cluster that is away; `seen` has what was done with them. */
function awayCluster(): { readonly make: Parameters<typeof clusterConnection>[0]; readonly seen: string[] } {
  const seen: string[] = [];
  const answer = async (): Promise<never> => {
    throw new Error('away');
  };
  return {
    seen,
    make: () => ({
      eval: answer,
      evalSha: answer,
      connect: () => {
        seen.push('connect');
        return answer();
      },
      destroy: () => void seen.push('destroy'),
      on: () => undefined,
    }),
  };
}

it('a cluster that is away is looked for until the connection is closed, and not after that', async () => {
  const { make, seen } = awayCluster();
  const connection = await clusterConnection(make);
  expect([connection.isReady, seen.length]).toEqual([false, 1]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.length).toBeGreaterThan(50); // At least once a second.
  const looked = seen.length;
  connection.close();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.length).toBe(looked);
});

it('a cluster that is away refuses commands at once', async () => {
  const { make } = awayCluster();
  const connection = await clusterConnection(make);
  await expect(connection.evalSha('', { keys: [], arguments: [] })).rejects.toThrow('No node');
  connection.close();
});
