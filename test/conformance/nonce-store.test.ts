import type { NonceStore } from 'nexusai-hub/ports';
import { manualClock, nonceStoreCases, type NonceStorePlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { memoryNonceStore } from '../../src/defaults/nonce-store.ts';

/** A place in memory whose stores may be spoilt. */
function place(spoil: (store: NonceStore) => NonceStore = (store) => store): NonceStorePlace {
  const clock = manualClock();
  const store = spoil(memoryNonceStore(clock));
  return { open: () => store, wait: (ms) => clock.advance(ms) };
}

describe('memory does what every nonce store has to do', () => {
  for (const { name, run, skipped } of nonceStoreCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

describe('memory', () => {
  it('M4: takes no more than it has room for, and forgets nothing for it', async () => {
    const clock = manualClock();
    const store = memoryNonceStore(clock, 100);
    for (let nonce = 0; nonce < 100; nonce++) expect(store.claim(String(nonce), 60_000)).toBe(true);
    expect(() => store.claim('more', 60_000)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    for (let nonce = 0; nonce < 100; nonce++) expect(store.claim(String(nonce), 60_000)).toBe(false);
    await clock.advance(120_000);
    expect(store.claim('more', 60_000)).toBe(true);
  });

  it('remembers to the last moment', async () => {
    const clock = manualClock();
    const store = memoryNonceStore(clock);
    expect(store.claim('a', 400)).toBe(true);
    await clock.advance(399);
    expect(store.claim('a', 400)).toBe(false);
  });

  it('M1: forgets what is over, however long nobody came', async () => {
    const clock = manualClock();
    const store = memoryNonceStore(clock, 10);
    for (let round = 0; round < 100; round++) {
      for (let nonce = 0; nonce < 5; nonce++) expect(store.claim(`${round} ${nonce}`, 1_000)).toBe(true);
      await clock.advance(1_000);
    }
  });
});

describe('the cases themselves', () => {
  async function failures(make: () => NonceStorePlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of nonceStoreCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  it.each<[wrong: string, failed: string[], spoil: (store: NonceStore) => NonceStore]>([
    ['lets all in', ['once', 'texts', 'race', 'kept'], () => ({ claim: () => true })],
    ['lets nobody in', ['once', 'texts', 'race'], () => ({ claim: () => false })],
    ['cuts at a colon', ['texts'], (store) => ({ claim: (nonce, ms) => store.claim(nonce.split(':')[0] ?? '', ms) })],
    ['has one time for all', ['kept'], (store) => ({ claim: (nonce) => store.claim(nonce, 1) })],
    ['looks first and writes later', ['race'], looksFirst],
  ])('find a store that %s', async (_wrong, failed, spoil) => {
    expect(await failures(() => place(spoil))).toEqual(failed);
  });

  it('find a store that is not shared', async () => {
    const clock = manualClock();
    const lonely = (): NonceStorePlace => ({ open: () => memoryNonceStore(clock), wait: (ms) => clock.advance(ms) });
    expect(await failures(lonely)).toEqual(['once', 'texts', 'race', 'kept']);
  });
});

function looksFirst(): NonceStore {
  const seen = new Set<string>();
  return {
    async claim(nonce) {
      const isNew = !seen.has(nonce);
      await Promise.resolve();
      seen.add(nonce);
      return isNew;
    },
  };
}
