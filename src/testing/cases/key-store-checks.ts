import type { KeyStore, StoredKey } from '../../ports/key-store.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { expectSame } from './reading.ts';

/** What a key store has to do, asked of two stores over one place. */
interface KeyStoreCheck {
  readonly name: string;
  readonly check: (store: KeyStore, other: KeyStore) => Promise<void>;
}

const NOW = 1_767_225_600_000;

/** A key with all there is to say of one. */
function keyOf(id: string, changes: Partial<StoredKey> = {}): StoredKey {
  return {
    id,
    version: 1,
    name: `key ${id}`,
    owner: 'ada@example.com',
    role: 'user',
    secrets: [secretOf(`pp.${id}`)],
    models: ['gpt-4o', 'a/b'],
    providers: ['main'],
    requestsPerMinute: 60,
    tokensPerMinute: 1000.5,
    maxConcurrent: 3,
    budgetUsd: { day: 0.1, month: null },
    priority: -2,
    expiresAtMs: NOW + 1,
    allowedAddresses: ['10.1.0.0/16', '::1'],
    disabled: false,
    signature: 'allowed',
    createdAtMs: NOW,
    updatedAtMs: NOW,
    lastUsedAtMs: null,
    ...changes,
  };
}

function secretOf(digest: string): StoredKey['secrets'][number] {
  return { digest, prefix: 'nxh_AbCd', last4: 'wxyz', validUntilMs: null, signingKeyId: null };
}

async function refusesTo(what: string, verb: () => unknown): Promise<void> {
  try {
    await verb();
  } catch {
    return;
  }
  throw new Error(`${what}: expected an error; came none.`);
}

/** Checks by the ids of their cases. */
export const keyStoreChecks: Readonly<Record<string, KeyStoreCheck>> = {
  kept: {
    name: 'L4: every member of a key comes back as it was put, by its id and by its digest, in every process',
    check: async (store, other) => {
      const bare = keyOf('b', {
        ...{ owner: null, models: null, providers: null, requestsPerMinute: null, tokensPerMinute: null },
        ...{ maxConcurrent: null, budgetUsd: { day: null, month: null }, expiresAtMs: null, allowedAddresses: null },
        ...{ disabled: true, signature: 'required' as const, lastUsedAtMs: NOW, models: [] },
      });
      for (const key of [keyOf('a'), bare]) {
        expectSame('put', await store.put(key), true);
        expectSame('the same by id', await other.get(key.id), key);
        expectSame('the same by digest', await other.find(['none', `pp.${key.id}`, 'nor this']), key);
      }
      expectSame('of no id', await other.get('c'), undefined);
      expectSame('of no digest', await other.find(['pp.c', 'a', '']), undefined);
      expectSame('of nothing', await other.find([]), undefined);
    },
  },
  texts: {
    name: 'names, owners and lists may be any text',
    check: async (store, other) => {
      for (const [place, text] of ODD_TEXTS.entries()) {
        const key = keyOf(`k${String(place)}`, { name: text, owner: text, models: [text, ''], providers: [text] });
        await store.put(key);
        expectSame(text, await other.get(key.id), key);
      }
    },
  },
  unknown: {
    name: 'members of a later version are kept',
    check: async (store, other) => {
      const later = { ...keyOf('a'), later: { is: ['here', 1, null] } };
      await store.put(later);
      expectSame('the key', await other.get('a'), later);
    },
  },
  versions: {
    name: 'a key is changed from the version before only, and one that is not there is not changed',
    check: async (store, other) => {
      expectSame('a second version of none', await store.put(keyOf('a', { version: 2 })), false);
      expectSame('nothing is there', await store.get('a'), undefined);
      await store.put(keyOf('a'));
      expectSame('the first again', await other.put(keyOf('a', { name: 'other' })), false);
      expectSame('the second', await other.put(keyOf('a', { version: 2, name: 'second' })), true);
      expectSame('the second again', await store.put(keyOf('a', { version: 2, name: 'third' })), false);
      expectSame('the fourth', await store.put(keyOf('a', { version: 4, name: 'fourth' })), false);
      expectSame('what is there', (await store.get('a'))?.name, 'second');
    },
  },
  race: {
    name: 'of many changes of one version at once one is made',
    check: async (store, other) => {
      await store.put(keyOf('a'));
      const made = await Promise.all(
        Array.from({ length: 20 }, async (_, place) =>
          (place % 2 === 0 ? store : other).put(keyOf('a', { version: 2, name: String(place) })),
        ),
      );
      expectSame('made', made.filter(Boolean).length, 1);
      expectSame('what is there', (await store.get('a'))?.name, String(made.indexOf(true)));
    },
  },
  digests: {
    name: 'a digest leads to its key as long as that has it, and to one key only',
    check: async (store, other) => {
      await store.put(keyOf('a', { secrets: [secretOf('pp.new'), secretOf('pp.old')] }));
      expectSame('by the older', (await other.find(['pp.old']))?.id, 'a');
      await refusesTo('the digest of another key', () => store.put(keyOf('b', { secrets: [secretOf('pp.old')] })));
      expectSame('nothing of it is there', await other.get('b'), undefined);
      await store.put(keyOf('a', { version: 2, secrets: [secretOf('pp.newest'), secretOf('pp.new')] }));
      expectSame('by the newest', (await other.find(['pp.newest']))?.version, 2);
      expectSame('by one it has lost', await other.find(['pp.old']), undefined);
    },
  },
  pages: {
    name: 'pages follow the code units of ids, whatever was removed between them',
    check: async (store, other) => {
      const ids = ['Z', 'a', 'a-b', 'a_b', 'aB', 'b'];
      for (const id of [...ids].reverse()) await store.put(keyOf(id));
      const idsOf = async (limit: number, after?: string): Promise<string[]> =>
        [...(await other.page(limit, after))].map(({ id }) => id);
      expectSame('the first', await idsOf(2), ['Z', 'a']);
      await store.remove('a');
      expectSame('after one that is gone', await idsOf(10, 'a'), ['a-b', 'aB', 'a_b', 'b']);
      expectSame('after the last', await idsOf(10, 'b'), []);
      expectSame('a whole key', (await other.page(1))[0], keyOf('Z'));
    },
  },
  removed: {
    name: 'a key that is removed is gone with its digests, and can come anew',
    check: async (store, other) => {
      await store.put(keyOf('a'));
      expectSame('removed', await other.remove('a'), true);
      expectSame('removed again', await store.remove('a'), false);
      expectSame('by id', await store.get('a'), undefined);
      expectSame('by digest', await store.find(['pp.a']), undefined);
      expectSame('a change of it', await store.put(keyOf('a', { version: 2 })), false);
      expectSame('its digest for another', await store.put(keyOf('b', { secrets: [secretOf('pp.a')] })), true);
    },
  },
  version: {
    name: 'every process sees by the version that something was put or removed, and by nothing else',
    check: async (store, other) => {
      const seen = [await other.version()];
      await store.put(keyOf('a'));
      seen.push(await other.version());
      await store.put(keyOf('a', { version: 2 }));
      seen.push(await other.version());
      await store.remove('a');
      seen.push(await other.version());
      expectSame('different versions', new Set(seen).size, 4);
      await store.put(keyOf('b'));
      const last = await other.version();
      await store.put(keyOf('b'));
      await store.remove('a');
      await store.used(new Map([['b', NOW]]));
      expectSame('after nothing', await other.version(), last);
    },
  },
  used: {
    name: 'the last use of a key is the latest that was told, and changes no version',
    check: async (store, other) => {
      await store.put(keyOf('a'));
      await store.put(keyOf('b'));
      await store.used(new Map([...['a', 'gone'].map((id) => [id, NOW + 2] as const)]));
      await other.used(new Map([['a', NOW + 1]]));
      expectSame('a', [(await other.get('a'))?.lastUsedAtMs, (await other.get('a'))?.version], [NOW + 2, 1]);
      expectSame('b', (await other.get('b'))?.lastUsedAtMs, null);
      await other.put(keyOf('a', { version: 2, lastUsedAtMs: NOW }));
      expectSame('a after a change by who has not seen it', (await store.get('a'))?.lastUsedAtMs, NOW + 2);
      expectSame('in a list', (await store.page(1))[0]?.lastUsedAtMs, NOW + 2);
      expectSame('by digest', (await store.find(['pp.a']))?.lastUsedAtMs, NOW + 2);
      await store.used(new Map());
    },
  },
};
