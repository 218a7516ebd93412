import { randomBytes } from 'node:crypto';

import { memoryKeyStore, memorySecretStore, type NexusError, signingKeyOf } from 'nexusai-hub';
import type { Authenticator, Caller, KeyStore, Logger } from 'nexusai-hub/ports';
import { gate, manualClock, type ManualClock } from 'nexusai-hub/testing';
import { beforeEach, describe, expect, it } from 'vitest';

import { isAllWithin } from '../../src/address-list.ts';
import { PersonalKeys, type PersonalKeyNeeds } from '../../src/control/personal-keys.ts';
import { bearerAuthenticator } from '../../src/defaults/authenticator.ts';
import { NexusError as OurError } from '../../src/errors.ts';
import type { MadeKey, NewKey } from '../../src/key-control.ts';
import { Roles } from '../../src/roles.ts';
import { vaultOf } from './vault-set-up.ts';

const ADMIN: Caller = { id: 'admin', role: 'admin' };
const signal = new AbortController().signal;
const pepper = (id: string) => ({ id, bytes: new Uint8Array(32).fill(id.charCodeAt(0)) });

let clock: ManualClock;
let store: KeyStore;
let logged: string[];

beforeEach(() => {
  clock = manualClock();
  store = memoryKeyStore();
  logged = [];
});

/** Nobody comes in but by a stored key. */
const nobody: Authenticator = {
  identify: () => {
    throw new OurError('unauthenticated', 'The API key is not known here.');
  },
};

/** One process of those that share the store. */
function processOf(needs: Partial<PersonalKeyNeeds> = {}) {
  const log = (_record: object, message = ''): void => void logged.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const keys = new PersonalKeys({
    ...{ store, clock, logger, roles: new Roles(), providerIds: () => ['main'], peppers: () => [pepper('a')] },
    ...needs,
  });
  const authenticator = keys.authenticator(nobody);
  return {
    keys,
    admin: keys.controlFor(ADMIN),
    make: (fields: Partial<NewKey> = {}): Promise<MadeKey> => keys.controlFor(ADMIN).create({ name: 'app', ...fields }),
    /** The id of the caller, or the code it is refused with. */
    async enters(key: string, address?: string): Promise<string> {
      try {
        const shown = { via: 'http' as const, key, ...(address === undefined ? {} : { address }) };
        return (await authenticator.identify(shown, signal)).id;
      } catch (cause) {
        return (cause as NexusError).code;
      }
    },
    authenticator,
  };
}

/** Counts what is asked of the store. */
function counted(): { readonly store: KeyStore; readonly asked: Record<string, number> } {
  const asked: Record<string, number> = {};
  const wrapped = new Proxy(store, {
    get: (target, name: keyof KeyStore) => {
      const verb = target[name];
      return typeof verb !== 'function'
        ? verb
        : (...args: never[]) => {
            asked[name] = (asked[name] ?? 0) + 1;
            return (verb as (...all: never[]) => unknown).apply(target, args);
          };
    },
  });
  return { store: wrapped, asked };
}

describe('a key that is known', () => {
  it('is let in at once, and without the store', async () => {
    const { store: watched, asked } = counted();
    const one = processOf({ store: watched });
    const { secret, key } = await one.make();
    expect(await one.enters(secret.reveal())).toBe(key.id);
    const before = { ...asked };
    for (let times = 0; times < 100; times++) {
      const caller = one.authenticator.identify({ via: 'http', key: secret.reveal() }, signal);
      expect(caller).toMatchObject({ id: key.id, role: 'user' });
    }
    expect(asked).toEqual(before);
  });

  it('is asked for once by all who come at the same time', async () => {
    const { store: watched, asked } = counted();
    const { secret, key } = await processOf().make();
    const other = processOf({ store: watched });
    const all = await Promise.all(Array.from({ length: 50 }, () => other.enters(secret.reveal())));
    expect([new Set(all), asked['find']]).toEqual([new Set([key.id]), 1]);
  });

  it('is looked after about twice a second while it is used, and not at all else', async () => {
    const { store: watched, asked } = counted();
    const one = processOf({ store: watched });
    const { secret } = await one.make();
    await one.enters(secret.reveal());
    const before = asked['version'] ?? 0;
    for (let ms = 0; ms < 10_000; ms += 100) {
      await clock.advance(100);
      await one.enters(secret.reveal());
    }
    expect((asked['version'] ?? 0) - before).toBeGreaterThan(10);
    expect((asked['version'] ?? 0) - before).toBeLessThanOrEqual(20);
    await one.keys.close();
    const after = asked['version'];
    await clock.advance(3_600_000);
    expect([asked['version'], clock.pending]).toEqual([after, 0]);
  });
});

describe('a change', () => {
  it('counts at once here, and within two seconds in every other process', async () => {
    const [here, there] = [processOf(), processOf()];
    const { secret, key } = await here.make();
    const text = secret.reveal();
    const changes: readonly (readonly [change: () => Promise<unknown>, after: string])[] = [
      [() => here.admin.update(key.id, { disabled: true }), 'unauthenticated'],
      [() => here.admin.update(key.id, { disabled: false }), key.id],
      [() => here.admin.rotate(key.id), 'unauthenticated'],
    ];
    for (const [change, after] of changes) {
      const before = await there.enters(text);
      expect(await here.enters(text)).toBe(before);
      await change();
      expect(await here.enters(text)).toBe(after);
      let ms = 0;
      while ((await there.enters(text)) !== after) {
        ms += 50;
        await clock.advance(50);
      }
      expect(ms).toBeLessThan(2_000);
    }
  });

  it('of a key that nobody used for long counts for the next request', async () => {
    const [here, there] = [processOf(), processOf()];
    const { secret, key } = await here.make();
    expect(await there.enters(secret.reveal())).toBe(key.id);
    await here.admin.remove(key.id);
    await clock.advance(1_501);
    expect(await there.enters(secret.reveal())).toBe('unauthenticated');
  });

  it('that comes while a key is looked up is not forgotten over it', async () => {
    const door = gate();
    const slow: KeyStore = Object.assign(Object.create(store) as KeyStore, {
      find: async (digests: readonly string[]) => {
        const found = await store.find(digests);
        await door.opened;
        return found;
      },
      ...bound(store),
    });
    const one = processOf({ store: slow });
    const { secret, key } = await one.make();
    const entering = one.enters(secret.reveal());
    await clock.advance(0);
    await one.admin.update(key.id, { disabled: true });
    door.open();
    await entering;
    expect(await one.enters(secret.reveal())).toBe('unauthenticated');
  });

  it('made by two at once is made twice, and loses nothing', async () => {
    const [here, there] = [processOf(), processOf()];
    const { key } = await here.make();
    await Promise.all([
      here.admin.update(key.id, { requestsPerMinute: 1 }),
      there.admin.update(key.id, { tokensPerMinute: 2 }),
      here.admin.update(key.id, { owner: 'me' }),
    ]);
    expect(await here.admin.get(key.id)).toMatchObject({
      version: 4,
      requestsPerMinute: 1,
      tokensPerMinute: 2,
      owner: 'me',
    });
  });
});

/** Verbs of a store with private members, for an object around it. */
function bound(of: KeyStore): Partial<KeyStore> {
  return {
    get: (id) => of.get(id),
    page: (limit, after) => of.page(limit, after),
    put: (key) => of.put(key),
    remove: (id) => of.remove(id),
    version: () => of.version(),
    used: (at) => of.used(at),
  };
}

describe('peppers', () => {
  it('are not in the store, and nothing of the secret is but eight letters', async () => {
    const { secret, key } = await processOf().make();
    const text = secret.reveal();
    const kept = JSON.stringify(await store.get(key.id));
    for (let at = 0; at + 9 <= text.length; at++) expect(kept).not.toContain(text.slice(at, at + 9));
    expect(kept).toMatch(/"digest":"a\.[\w-]{43}"/);
    expect(`${String(secret)} ${JSON.stringify({ secret })}`).toBe('[secret] {"secret":"[secret]"}');
  });

  it('change: older ones count as long as they are there, new keys get the newest', async () => {
    const old = await processOf().make();
    const both = processOf({ peppers: () => [pepper('b'), pepper('a')] });
    const young = await both.make();
    expect(await both.enters(old.secret.reveal())).toBe(old.key.id);
    expect(JSON.stringify(await store.get(young.key.id))).toContain('"digest":"b.');
    const newOnly = processOf({ peppers: () => [pepper('b')] });
    expect(await newOnly.enters(young.secret.reveal())).toBe(young.key.id);
    expect(await newOnly.enters(old.secret.reveal())).toBe('unauthenticated');
    const wrong = processOf({ peppers: () => [{ ...pepper('c'), id: 'b' }] });
    expect(await wrong.enters(young.secret.reveal())).toBe('unauthenticated');
  });
});

describe('wrong keys', () => {
  it('by the thousand fill no memory, cost one look each, and none is let in', async () => {
    const { store: watched, asked } = counted();
    const one = processOf({ store: watched });
    const { secret, key } = await one.make();
    await one.enters(secret.reveal());
    const text = secret.reveal();
    const wrong = (place: number): string => {
      const number = String(place).padStart(6, '0');
      return text.slice(0, -6) + (text.endsWith(number) ? '999999' : number);
    };
    for (let place = 0; place < 3_000; place++) expect(await one.enters(wrong(place))).toBe('unauthenticated');
    const looks = asked['find'];
    expect(looks).toBe(3_001);
    for (let place = 0; place < 3_000; place++) await one.enters(wrong(place));
    expect(asked['find']).toBe(looks);
    expect(await one.enters(text)).toBe(key.id);
  });

  it.each(['nxh_', 'nxh_short', `nxh_${'a'.repeat(44)}`, `nxh_${'a'.repeat(42)}!`, `NXH_${'a'.repeat(43)}`, ''])(
    '%j is not even looked for',
    async (key) => {
      const { store: watched, asked } = counted();
      expect(await processOf({ store: watched }).enters(key)).toBe('unauthenticated');
      expect(asked).toEqual({});
    },
  );
});

describe('a store that is away', () => {
  function breakable(): { isAway: boolean; readonly store: KeyStore } {
    const state = { isAway: false };
    const verbs = bound(store);
    const guarded = { ...verbs, find: (digests: readonly string[]) => store.find(digests) } as KeyStore;
    const wrapped = Object.fromEntries(
      Object.entries(guarded).map(([name, verb]) => [
        name,
        async (...args: never[]) => {
          if (state.isAway) throw new Error('no connection to db.internal');
          return (verb as (...all: never[]) => unknown)(...args);
        },
      ]),
    ) as unknown as KeyStore;
    return Object.assign(state, { store: wrapped });
  }

  it('leaves those in who are known for five minutes, and says so once', async () => {
    const place = breakable();
    const one = processOf({ store: place.store });
    const known = await one.make();
    const unknown = await one.make();
    await one.enters(known.secret.reveal());
    place.isAway = true;
    for (let ms = 0; ms < 299_000; ms += 1_000) {
      await clock.advance(1_000);
      expect(await one.enters(known.secret.reveal())).toBe(known.key.id);
    }
    expect(await one.enters(unknown.secret.reveal())).toBe('keys_unavailable');
    await expect(one.admin.list()).rejects.toMatchObject({ code: 'keys_unavailable' });
    await expect(one.make()).rejects.toMatchObject({ code: 'keys_unavailable' });
    await clock.advance(2_000);
    expect(await one.enters(known.secret.reveal())).toBe('keys_unavailable');
    expect(logged.filter((line) => line.includes('is away'))).toHaveLength(1);
    place.isAway = false;
    expect(await one.enters(known.secret.reveal())).toBe(known.key.id);
    expect(logged.filter((line) => line.includes('is back'))).toHaveLength(1);
    await one.keys.close();
  });

  it('holds nobody up who is known, where it hangs', async () => {
    const never = new Promise<never>(() => undefined);
    let hangs = false;
    const verbs = { ...bound(store), find: (digests: readonly string[]) => store.find(digests) } as KeyStore;
    const one = processOf({ store: { ...verbs, version: () => (hangs ? never : store.version()) } });
    const { secret, key } = await one.make();
    await one.enters(secret.reveal());
    hangs = true;
    await clock.advance(1_600);
    const first = one.enters(secret.reveal());
    await clock.advance(1_000);
    expect(await first).toBe(key.id);
    // From here on it counts as away, and is asked aside.
    expect(await one.enters(secret.reveal())).toBe(key.id);
    await clock.advance(10_000);
    expect(await one.enters(secret.reveal())).toBe(key.id);
  });
});

describe('the last use', () => {
  it('is written some seconds later, together with others, and at the end', async () => {
    const { store: watched, asked } = counted();
    const one = processOf({ store: watched });
    const made = [await one.make(), await one.make()];
    for (const { secret } of made) for (let times = 0; times < 10; times++) await one.enters(secret.reveal());
    const at = clock.now();
    await clock.advance(9_999);
    expect(asked['used']).toBeUndefined();
    await clock.advance(1);
    expect(asked['used']).toBe(1);
    for (const { key } of made) expect((await store.get(key.id))?.lastUsedAtMs).toBe(at);
    await one.enters(made[0]?.secret.reveal() ?? '');
    await one.keys.close();
    expect((await store.get(made[0]?.key.id ?? ''))?.lastUsedAtMs).toBe(clock.now());
    expect((await store.get(made[0]?.key.id ?? ''))?.version).toBe(1);
  });

  it('of a key that is refused is none', async () => {
    const one = processOf();
    const { secret, key } = await one.make({ disabled: true });
    await one.enters(secret.reveal());
    expect((await one.admin.get(key.id)).lastUsedAtMs).toBeNull();
  });
});

describe('addresses', () => {
  it.each([
    [['10.1.0.0/16'], '10.1.2.3', true],
    [['10.1.0.0/16'], '::ffff:10.1.2.3', true],
    [['10.1.0.0/16'], '10.2.0.1', false],
    [['10.1.2.3'], '10.1.2.3', true],
    [['10.1.2.3'], '10.1.2.4', false],
    [['fd00::/8', '::1'], '::1', true],
    [['fd00::/8', '::1'], 'fd12::1', true],
    [['fd00::/8', '::1'], 'fe80::1', false],
    [['0.0.0.0/0'], '::1', false],
    [['0.0.0.0/0'], '', false],
    [['0.0.0.0/0'], 'localhost', false],
    [['0.0.0.0/0'], undefined, false],
    [[], '10.1.2.3', false],
  ])('%j and %s: %s', async (allowedAddresses, address, may) => {
    const one = processOf();
    const { secret, key } = await one.make({ allowedAddresses });
    expect(await one.enters(secret.reveal(), address)).toBe(may ? key.id : 'forbidden');
  });
});

describe('addresses within others', () => {
  it.each([
    [['10.1.0.0/16', '10.2.3.4'], ['10.0.0.0/8'], true],
    [['10.1.2.3/8'], ['10.9.9.9/8'], true],
    [['10.0.0.0/7'], ['10.0.0.0/8', '11.0.0.0/8'], false],
    [['10.0.0.1', '11.0.0.1'], ['10.0.0.0/8'], false],
    [['fd00:1::/32'], ['fd00::/8', '10.0.0.1'], true],
    [['10.0.0.1'], ['::/0'], false],
    [['::ffff:10.0.0.0/100'], ['10.0.0.0/8'], false],
    [[], ['10.0.0.0/8'], true],
    [['10.0.0.1'], [], false],
  ])('%j in %j: %s', (entries, others, are) => {
    expect(isAllWithin(entries, others)).toBe(are);
  });
});

describe('signing', () => {
  it('goes by a key that is sealed in the vault, and with its secret', async () => {
    const secrets = memorySecretStore();
    const { vault } = vaultOf([randomBytes(32).toString('hex')], secrets);
    const one = processOf({ vault, peppers: undefined });
    const other = processOf({ vault, peppers: undefined });
    const { key, secret } = await one.make({ signature: 'required' });
    const text = secret.reveal();
    expect(await other.enters(text)).toBe('unauthenticated');
    const signer = { via: 'http' as const, signedBy: key.id };
    expect(await other.authenticator.identify(signer, signal)).toMatchObject({ id: key.id });
    const signingKey = async (): Promise<unknown> => other.authenticator.signingKey?.(key.id, signal);
    expect(Buffer.from((await signingKey()) as Uint8Array)).toEqual(Buffer.from(signingKeyOf(text)));
    expect(await other.authenticator.signingKey?.(`key_${'0'.repeat(36)}`, signal)).toBeUndefined();

    const { secret: next } = await one.admin.rotate(key.id);
    await clock.advance(2_000);
    expect(Buffer.from((await signingKey()) as Uint8Array)).toEqual(Buffer.from(signingKeyOf(next.reveal())));
    const sealed = JSON.stringify(await secrets.page(10));
    for (const shown of [text, next.reveal()])
      expect(sealed).not.toContain(Buffer.from(signingKeyOf(shown)).toString('base64url'));
    // That of the old secret is gone: one is there beside the root of the pepper.
    expect(await secrets.page(10)).toHaveLength(2);
    await one.admin.remove(key.id);
    expect(await secrets.page(10)).toHaveLength(1);
    await clock.advance(2_000);
    await expect(async () => other.authenticator.identify(signer, signal)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('is for every key of those whose own requests must be signed', async () => {
    const { keys } = processOf({ vault: vaultOf().vault });
    const signer = bearerAuthenticator([{ name: 'boss', key: 'k'.repeat(32), role: 'admin', signature: 'required' }]);
    const boss = keys.controlFor(await signer.identify({ via: 'http', signedBy: 'boss' }, signal));
    await expect(boss.create({ name: 'loose' })).rejects.toMatchObject({ code: 'forbidden' });
    const { key } = await boss.create({ name: 'signs', role: 'admin', signature: 'required' });
    await expect(boss.update(key.id, { signature: 'allowed' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is refused where there is no vault, now or when the key was made', async () => {
    const bare = processOf();
    await expect(bare.make({ signature: 'required' })).rejects.toMatchObject({ code: 'operation_unsupported' });
    const roles = new Roles({ bot: { permissions: ['chat'], signature: 'required' } });
    const ofRole = processOf({ roles }).make({ role: 'bot' });
    await expect(ofRole).rejects.toMatchObject({ code: 'operation_unsupported' });
    const { key } = await bare.make();
    await expect(bare.admin.update(key.id, { signature: 'required' })).rejects.toMatchObject({
      details: { param: 'signature' },
    });
    const { vault } = vaultOf([randomBytes(32).toString('hex')]);
    const sealing = processOf({ vault });
    await expect(sealing.admin.update(key.id, { signature: 'required' })).rejects.toThrow(/Rotate it first/);
    await sealing.admin.rotate(key.id);
    expect(await sealing.admin.update(key.id, { signature: 'required' })).toMatchObject({ signature: 'required' });
  });
});

describe('what is done', () => {
  it('is noted before it is done, without a secret; without a note nothing is done', async () => {
    const noted: unknown[] = [];
    const audit = {
      change: async <T>(action: unknown, change: () => T | Promise<T>): Promise<T> => {
        noted.push(action);
        if (noted.length > 4) throw new OurError('audit_unavailable', 'no');
        return change();
      },
    };
    const one = processOf({ audit });
    const { key, secret } = await one.make();
    await one.admin.update(key.id, { owner: 'me' });
    const second = await one.admin.rotate(key.id, { overlapMs: 1_000 });
    await one.admin.remove(key.id);
    expect(noted).toMatchObject([
      { action: 'keys.create', target: key.id, by: ADMIN, after: { name: 'app' } },
      { action: 'keys.update', before: { owner: null }, after: { owner: 'me' } },
      { action: 'keys.rotate' },
      { action: 'keys.delete', before: { owner: 'me' } },
    ]);
    for (const text of [secret.reveal(), second.secret.reveal(), 'digest'])
      expect(JSON.stringify(noted)).not.toContain(text);
    await expect(one.make()).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect((await one.admin.list()).data).toEqual([]);
  });
});
