import type { SessionStore } from 'nexusai-hub/ports';
import { sessionStoreCases, type SessionStorePlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { memorySessionStore } from '../../src/defaults/session-store.ts';

/** A place in memory whose store may be spoilt. */
function place(spoil: (store: SessionStore) => Partial<SessionStore> = () => ({})): SessionStorePlace {
  const store = memorySessionStore({ maxActive: 10_000, maxHistoryLength: 1_000_000 });
  const bound: SessionStore = {
    open: (ask) => store.open(ask),
    append: (turn) => store.append(turn),
    count: (...given) => store.count(...given),
    history: (name) => store.history(name),
    end: (name) => store.end(name),
    merge: (...given) => store.merge(...given),
    split: (...given) => store.split(...given),
  };
  const spoilt = { ...bound, ...spoil(bound) };
  return { open: () => spoilt };
}

describe('memory does what every session store has to do', () => {
  for (const { name, run, skipped } of sessionStoreCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  async function failures(make: () => SessionStorePlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of sessionStoreCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  it.each<[wrong: string, failed: string[], spoil: (store: SessionStore) => Partial<SessionStore>]>([
    ['is sound', [], () => ({})],
    [
      'keeps one owner',
      ['owners'],
      (store) => {
        const plain = (text: string): string => text.trim();
        return {
          open: (ask) => store.open({ ...ask, owner: plain(ask.owner) }),
          append: (turn) => store.append({ ...turn, owner: plain(turn.owner) }),
        };
      },
    ],
    [
      'knows no names',
      ['named', 'named-turn', 'idle', 'clock-back', 'owners', 'end', 'merge', 'split'],
      (store) => ({
        open: (ask) => store.open({ ...ask, isNamed: false }),
      }),
    ],
    [
      'forgets what was asked',
      ['regenerated', 'branch'],
      (store) => ({ open: (ask) => store.open({ ...ask, asked: undefined }) }),
    ],
    [
      'is patient for a millisecond more',
      ['idle', 'history'],
      (store) => ({
        open: (ask) => store.open({ ...ask, idleMs: ask.idleMs + 1 }),
        history: (name) => store.history({ ...name, idleMs: name.idleMs + 1 }),
      }),
    ],
    [
      'takes one mark of a group for all',
      ['tails'],
      (store) => ({
        open: (ask) => store.open({ ...ask, tails: ask.tails.map((marks) => marks.slice(0, 1)) }),
      }),
    ],
    ['ends nothing', ['owners', 'end'], () => ({ end: () => false })],
    ['counts nothing', ['order', 'count'], () => ({ count: () => undefined })],
    [
      'replaces what was said',
      ['history', 'history-atomic', 'history-bound', 'split'],
      (store) => ({
        append: (turn) => store.append({ ...turn, said: turn.said && { ...turn.said, keep: 0 } }),
      }),
    ],
    [
      'appends late',
      ['order'],
      (store) => ({
        append: async (turn) => {
          await new Promise(setImmediate);
          await store.append(turn);
        },
      }),
    ],
  ])('find a store that %s', async (_wrong, failed, spoil) => {
    expect((await failures(() => place(spoil))).sort()).toEqual([...failed].sort());
  });

  it('find a store that is not shared', async () => {
    const lonely = (): SessionStorePlace => ({
      open: () => memorySessionStore({ maxActive: 100, maxHistoryLength: 1_000 }),
    });
    expect(await failures(lonely)).toEqual(expect.arrayContaining(['named', 'prefix', 'idle', 'history', 'end']));
  });
});
