import type { Store } from '../../ports/store.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { expectSame } from './reading.ts';

/** What a store has to do, asked of two stores over one place. */
interface StoreCheck {
  readonly name: string;
  readonly check: (store: Store, other: Store, wait: (ms: number) => Promise<void>) => Promise<void>;
}

/** Short enough to wait for. What has to be there still has a hundred times as long: a machine may have other work. */
const TTL_MS = 400;

/** Checks by the ids of their cases. */
export const storeChecks: Readonly<Record<string, StoreCheck>> = {
  absent: {
    name: 'what was never set is undefined, its folder is empty, and taking it out does no harm',
    check: async (store) => {
      await store.delete('f', 'a');
      expectSame('value', await store.get('f', 'a'), undefined);
      expectSame('folder', await store.list('f'), []);
    },
  },
  kept: {
    name: 'what was set is kept until it is set anew or taken out',
    check: async (store) => {
      await store.set('f', 'a', 'one');
      await store.set('f', 'b', '');
      await store.set('f', 'a', 'two');
      expectSame('value', await store.get('f', 'a'), 'two');
      expectSame('empty value', await store.get('f', 'b'), '');
      expectSame('folder', await sorted(store, 'f'), [
        ['a', 'two'],
        ['b', ''],
      ]);
      await store.delete('f', 'a');
      expectSame('value', await store.get('f', 'a'), undefined);
      expectSame('folder', await sorted(store, 'f'), [['b', '']]);
    },
  },
  folders: {
    name: 'folders are apart, also where one begins with the name of another or looks like a pattern',
    check: async (store) => {
      const folders = ['f', 'ff', 'f-f', 'f*', '*', '?'];
      for (const folder of folders) await store.set(folder, 'a', folder);
      await store.delete('*', 'a');
      await store.delete('f', '*');
      expectSame('folder *', await store.list('*'), []);
      for (const folder of folders.filter((one) => one !== '*'))
        expectSame(`folder ${folder}`, await sorted(store, folder), [['a', folder]]);
    },
  },
  texts: {
    name: 'names and values may be any text',
    check: async (store) => {
      for (const text of ODD_TEXTS) await store.set('f', text, `${text}=`);
      for (const text of ODD_TEXTS) expectSame(`value of ${text}`, await store.get('f', text), `${text}=`);
      const all = ODD_TEXTS.map((text) => [text, `${text}=`]);
      expectSame('folder', await sorted(store, 'f'), all.sort(byName));
      await store.set('f', 'long', '杭'.repeat(20_000));
      expectSame('length of a long value', (await store.get('f', 'long'))?.length, 20_000);
    },
  },
  many: {
    name: 'entries set at the same time are all there',
    check: async (store, other) => {
      const names = Array.from({ length: 200 }, (_, place) => `n${String(place)}`);
      await Promise.all(names.map((name, place) => (place % 2 === 0 ? store : other).set('f', name, name)));
      expectSame('entries', (await other.list('f')).length, names.length);
    },
  },
  shared: {
    name: 'B2: what one process writes another reads, and the last word wins',
    check: async (store, other) => {
      await store.set('f', 'a', 'one');
      expectSame('value', await other.get('f', 'a'), 'one');
      await other.set('f', 'a', 'two');
      expectSame('value', await store.get('f', 'a'), 'two');
      await store.delete('f', 'a');
      expectSame('folder', await other.list('f'), []);
    },
  },
  ttl: {
    name: 'B2: what has a time is gone after it, from value and folder, however often it was read',
    check: async (store, other, wait) => {
      await store.set('f', 'short', 'x', TTL_MS);
      await store.set('f', 'long', 'x', 100 * TTL_MS);
      await wait(TTL_MS / 2);
      // A look must not keep it; whether it is still there is not asked, because the look may come late.
      await store.get('f', 'short');
      expectSame('value before its time', await store.get('f', 'long'), 'x');
      expectSame('folder before its time', (await sorted(other, 'f'))[0], ['long', 'x']);
      await wait(TTL_MS / 2 + 50);
      expectSame('value after its time', await store.get('f', 'short'), undefined);
      expectSame('folder after its time', await sorted(other, 'f'), [['long', 'x']]);
    },
  },
  'ttl-anew': {
    name: 'B2: setting anew sets the time anew, or takes it away',
    check: async (store, _other, wait) => {
      for (const name of ['again', 'forever', 'shorter']) await store.set('f', name, 'old', TTL_MS);
      await wait(TTL_MS / 2);
      await store.set('f', 'again', 'new', 100 * TTL_MS);
      await store.set('f', 'forever', 'new');
      await wait(TTL_MS / 2 + 50);
      expectSame('folder', await sorted(store, 'f'), [
        ['again', 'new'],
        ['forever', 'new'],
      ]);
    },
  },
};

/** A folder as pairs by name. */
async function sorted(store: Store, folder: string): Promise<string[][]> {
  return (await store.list(folder)).map(({ name, value }) => [name, value]).sort(byName);
}

function byName([one = '']: string[], [other = '']: string[]): number {
  return one < other ? -1 : 1;
}
