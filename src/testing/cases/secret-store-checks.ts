import type { SealedSecret, SecretStore } from '../../ports/secret-store.ts';
import { expectSame } from './reading.ts';

/** What a secret store has to do, asked of two stores over one place. */
interface SecretStoreCheck {
  readonly name: string;
  readonly check: (store: SecretStore, other: SecretStore) => Promise<void>;
}

/** In the order of their code units, which is that of no language. */
const IDS = ['-', '0-1', '0190a', '0190a-', '9', 'A', 'Z', '_', 'a', 'aA', 'aa', 'b', 'z'];

/** Checks by the ids of their cases. */
export const secretStoreChecks: Readonly<Record<string, SecretStoreCheck>> = {
  kept: {
    name: 'what one has put the other gets, to the letter',
    check: async (store, other) => {
      const sealed = `$v1$arn:aws:kms:eu-1:1/k'"%_\\$${'Az09-_'.repeat(1_000)}`;
      expectSame('before', await store.get('a'), undefined);
      expectSame('put', await store.put('a', sealed), true);
      expectSame('for the other', await other.get('a'), sealed);
      expectSame('another id', await other.get('A'), undefined);
    },
  },
  taken: {
    name: 'X5: what is there is never put over',
    check: async (store, other) => {
      await store.put('a', 'one');
      expectSame('the same id', await other.put('a', 'two'), false);
      expectSame('what is there', await store.get('a'), 'one');
    },
  },
  race: {
    name: 'of many that put under one id at once one is told that it did',
    check: async (store, other) => {
      const puts = Array.from({ length: 20 }, async (_, place) =>
        (place % 2 === 0 ? store : other).put('a', `sealed ${place}`),
      );
      const done = await Promise.all(puts);
      expectSame('put', done.filter(Boolean).length, 1);
      expectSame('what is there', await store.get('a'), `sealed ${done.indexOf(true)}`);
    },
  },
  replaced: {
    name: 'X5: one is put in the place of what was read, and of nothing else',
    check: async (store, other) => {
      await store.put('a', 'one');
      await store.put('b', 'one');
      expectSame('in place of another', await other.replace('a', 'ONE', 'two'), false);
      expectSame('in place of nothing', await other.replace('c', 'one', 'two'), false);
      expectSame('in its place', await other.replace('a', 'one', 'two'), true);
      expectSame('once more', await store.replace('a', 'one', 'three'), false);
      expectSame('all', await pages(store, 10), rowsOf([['a', 'two'], ['b', 'one']])); // prettier-ignore
    },
  },
  swaps: {
    name: 'X5: of many that replace the same at once one does',
    check: async (store, other) => {
      await store.put('a', 'one');
      const swaps = Array.from({ length: 20 }, async (_, place) =>
        (place % 2 === 0 ? store : other).replace('a', 'one', `next ${place}`),
      );
      const done = await Promise.all(swaps);
      expectSame('replaced', done.filter(Boolean).length, 1);
      expectSame('what is there', await other.get('a'), `next ${done.indexOf(true)}`);
    },
  },
  pages: {
    name: 'all are found page by page, in the order of the code units of their ids',
    check: async (store, other) => {
      for (const id of [...IDS].reverse()) await store.put(id, `sealed ${id}`);
      const all = rowsOf(IDS.map((id) => [id, `sealed ${id}`]));
      for (const limit of [1, 3, IDS.length, 100]) expectSame(`by ${limit}`, await pages(other, limit), all);
      expectSame('after one that is not there', (await other.page(2, 'a0')).map(({ id }) => id), ['aA', 'aa']); // prettier-ignore
      expectSame('after the last', await other.page(2, 'z'), []);
    },
  },
  removed: {
    name: 'what is removed is gone for all',
    check: async (store, other) => {
      await store.put('a', 'one');
      expectSame('removed', await other.remove('a'), true);
      expectSame('again', await store.remove('a'), false);
      expectSame('what is there', await store.get('a'), undefined);
      expectSame('replaced', await store.replace('a', 'one', 'two'), false);
      expectSame('put anew', await store.put('a', 'three'), true);
      expectSame('all', await pages(other, 10), rowsOf([['a', 'three']]));
    },
  },
};

async function pages(store: SecretStore, limit: number): Promise<SealedSecret[]> {
  const all: SealedSecret[] = [];
  for (;;) {
    const page = await store.page(limit, all.at(-1)?.id);
    all.push(...page.map(({ id, sealed }) => ({ id, sealed })));
    if (page.length < limit) return all;
  }
}

function rowsOf(rows: readonly (readonly [id: string, sealed: string])[]): SealedSecret[] {
  return rows.map(([id, sealed]) => ({ id, sealed }));
}
