import type { Store } from 'nexusai-hub/ports';
import { manualClock, storeCases, type StorePlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { memoryStore } from '../../src/defaults/store.ts';

/** A place in memory whose stores may be spoilt. */
function place(spoil: (store: Store) => Store = (store) => store): StorePlace {
  const clock = manualClock();
  const store = spoil(memoryStore(clock));
  return { open: () => store, wait: (ms) => clock.advance(ms) };
}

describe('memory does what every store has to do', () => {
  for (const { name, run, skipped } of storeCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

it('B2: memory keeps what has a time to its last moment', async () => {
  const clock = manualClock();
  const store = memoryStore(clock);
  await store.set('f', 'a', 'x', 400);
  await clock.advance(399);
  expect([await store.get('f', 'a'), await store.list('f')]).toEqual(['x', [{ name: 'a', value: 'x' }]]);
  await clock.advance(1);
  expect([await store.get('f', 'a'), await store.list('f')]).toEqual([undefined, []]);
});

it('M4: memory keeps a bounded number of entries in a folder', async () => {
  const store = memoryStore(manualClock(), 100);
  for (let entry = 0; entry < 1_000; entry++) await store.set('f', String(entry), 'x');
  expect((await store.list('f')).length).toBeLessThanOrEqual(100);
  expect(await store.get('f', '999')).toBe('x');
});

describe('the cases themselves', () => {
  it('say when a skip is wrong', () => {
    expect(() => storeCases(place, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
    expect(() => storeCases(place, { skip: { ttl: '' } })).toThrow(/needs a reason/);
    const skipped = storeCases(place, { skip: { ttl: 'it forgets nothing' } }).filter((one) => one.skipped);
    expect(skipped.map(({ id, skipped: reason }) => [id, reason])).toEqual([['ttl', 'it forgets nothing']]);
  });

  /** Ids of the cases that do not pass. */
  async function failures(make: () => StorePlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of storeCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  it.each<[wrong: string, failed: string[], spoil: (store: Store) => Store]>([
    ['forgets no time', ['ttl', 'ttl-anew'], (store) => ({ ...store, set: (f, n, v) => store.set(f, n, v) })],
    ['takes nothing out', ['kept', 'folders', 'shared'], (store) => ({ ...store, delete: () => Promise.resolve() })],
    [
      'loses empty values',
      ['kept'],
      (store) => ({ ...store, get: async (f, n) => (await store.get(f, n)) || undefined }),
    ],
    [
      'keeps all in one folder',
      ['folders'],
      (store) => ({
        ...store,
        get: (_, name) => store.get('', name),
        set: (_, ...rest) => store.set('', ...rest),
        delete: (_, name) => store.delete('', name),
        list: () => store.list(''),
      }),
    ],
    [
      'cuts names at a colon',
      ['texts'],
      (store) => ({ ...store, set: (f, n, ...rest) => store.set(f, n.split(':')[0] ?? '', ...rest) }),
    ],
  ])('find a store that %s', async (_wrong, failed, spoil) => {
    expect(await failures(() => place(spoil))).toEqual(failed);
  });

  it('find a store that is not shared', async () => {
    const clock = manualClock();
    const lonely = (): StorePlace => ({ open: () => memoryStore(clock), wait: (ms) => clock.advance(ms) });
    expect(await failures(lonely)).toEqual(['many', 'shared', 'ttl']);
  });

  it('give back the place, also when they fail', async () => {
    const closed: string[] = [];
    const broken = { ...memoryStore(manualClock()), get: () => Promise.reject(new Error('gone')) };
    const [one] = storeCases(() => ({
      open: () => ({ ...broken, close: () => void closed.push('store') }),
      close: () => void closed.push('place'),
    }));
    await expect(one?.run()).rejects.toThrow('gone');
    expect(closed).toEqual(['store', 'store', 'place']);
  });
});
