import type { ConfigStore, StoredEpoch } from '../../ports/config-store.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { expectSame } from './reading.ts';

/** What a store of configurations has to do, asked of two stores over one place. */
interface ConfigStoreCheck {
  readonly name: string;
  readonly check: (store: ConfigStore, other: ConfigStore) => Promise<void>;
}

/** Checks by the ids of their cases. */
export const configStoreChecks: Readonly<Record<string, ConfigStoreCheck>> = {
  empty: {
    name: 'there is nothing at first',
    check: async (store) => {
      expectSame('the newest', await store.newest(), 0);
      expectSame('an epoch', await store.epoch(1), undefined);
      expectSame('the history', await store.history({ limit: 10 }), []);
    },
  },
  kept: {
    name: 'an epoch comes back as it was, in every process',
    check: async (store, other) => {
      const epoch = { ...epochOf(1), note: ODD_TEXTS.join(' '), document: { routing: { texts: ODD_TEXTS } } };
      expectSame('appended', await store.append(epoch), true);
      expectSame('the newest', await other.newest(), 1);
      expectSame('the epoch', await other.epoch(1), epoch);
      expectSame('the next', await other.epoch(2), undefined);
    },
  },
  next: {
    name: 'only the next one is kept, of whoever comes first',
    check: async (store, other) => {
      expectSame('a gap', await store.append(epochOf(2)), false);
      expectSame('the first', await store.append(epochOf(1)), true);
      expectSame('the first again', await other.append({ ...epochOf(1), note: 'late' }), false);
      expectSame('the second', await other.append(epochOf(2)), true);
      expectSame('the newest', await store.newest(), 2);
      expectSame('the first', (await store.epoch(1))?.note, 'epoch 1');
    },
  },
  race: {
    name: 'of many that append at once one is told that it did',
    check: async (store, other) => {
      const appended = Array.from({ length: 20 }, async (_, place) =>
        (place % 2 === 0 ? store : other).append({ ...epochOf(1), by: String(place) }),
      );
      const told = await Promise.all(appended);
      expectSame('appended', told.filter(Boolean).length, 1);
      expectSame('by', (await store.epoch(1))?.by, String(told.indexOf(true)));
    },
  },
  history: {
    name: 'the history is told from the newest on, in parts',
    check: async (store, other) => {
      for (let number = 1; number <= 5; number++) await store.append(epochOf(number));
      const all = [5, 4, 3, 2, 1].map((number) => ({ number, atMs: number, by: 'admin', note: `epoch ${number}` }));
      expectSame('all', await other.history({ limit: 10 }), all);
      expectSame('the first part', await other.history({ limit: 2 }), all.slice(0, 2));
      expectSame('the next part', await other.history({ before: 4, limit: 2 }), all.slice(2, 4));
    },
  },
  providers: {
    name: 'models of providers come, change and go with their epochs',
    check: async (store, other) => {
      const epochs = [
        [
          {
            id: 'a',
            kind: 'demo',
            models: [
              { name: 'one', upstream_model: 'x' },
              { name: 'two', weight: 3 },
            ],
          },
        ],
        [
          { id: 'b', kind: 'demo' },
          { id: 'a', kind: 'openai', api_key: { secret: 's', last4: '1234' }, models: [{ name: 'two' }] },
        ],
        [],
      ].map((providers, place) => ({ ...epochOf(place + 1), document: { providers } }));
      for (const epoch of epochs) expectSame('appended', await store.append(epoch), true);
      for (const epoch of epochs) expectSame('the epoch', await other.epoch(epoch.number), epoch);
    },
  },
};

function epochOf(number: number): StoredEpoch {
  return { number, atMs: number, by: 'admin', note: `epoch ${number}`, document: {}, base: {} };
}
