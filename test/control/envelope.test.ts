import { randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { manualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { sealedPartsOf, type SealedPlace } from '../../src/control/vault/envelope.ts';
import { masterKeyOf, masterKeyProblem } from '../../src/control/vault/master-key.ts';
import type { MasterKey } from '../../src/master-key-source.ts';
import { Sealer } from '../../src/control/vault/sealer.ts';

const PLACE: SealedPlace = { table: 'secrets', row: 'r1', column: 'sealed' };
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const text = fc.string({ unit: 'grapheme', maxLength: 300 });

/** A key in a service: what it seals is as long as it likes. */
function serviceKey(id = 'arn:aws:kms:eu-1:1:key/a'): MasterKey & { calls: number } {
  const inner = masterKeyOf(randomBytes(32));
  const key = {
    id,
    calls: 0,
    wrap: async (dataKey: Uint8Array) => Buffer.concat([Buffer.from('KMS'), await inner.wrap(dataKey)]),
    unwrap: async (wrapped: Uint8Array) => {
      key.calls += 1;
      return inner.unwrap(wrapped.subarray(3));
    },
  };
  return key;
}

describe('a sealed text', () => {
  it('X5: opens to what was sealed, with the key it was sealed with among others', async () => {
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const [one, both] = [new Sealer([first]), new Sealer([second, first])];
    await fc.assert(
      fc.asyncProperty(text, async (secret) => {
        expect(await both.open(await one.seal(secret, PLACE), PLACE)).toBe(secret);
        expect(await both.open(await both.seal(secret, PLACE), PLACE)).toBe(secret);
      }),
    );
  });

  it('X1: shows nothing of what was sealed, and never looks the same twice', async () => {
    const sealer = new Sealer();
    const secrets = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 8, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        const sealed = await sealer.seal(secret, PLACE);
        const bytes = sealedPartsOf(sealed)?.body.toString('latin1') ?? '';
        for (let start = 0; start + 8 <= secret.length; start += 4) {
          const part = secret.slice(start, start + 8);
          expect(sealed).not.toContain(part);
          expect(bytes).not.toContain(part);
          expect(sealed).not.toContain(Buffer.from(part).toString('base64url').slice(0, 10));
        }
        expect(await sealer.seal(secret, PLACE)).not.toBe(sealed);
      }),
    );
  });

  it.each([
    ['a key of 32 bytes', randomBytes(32)],
    ['a key in a service', serviceKey()],
  ])('X5: with any changed letter is refused (%s)', async (_what, key) => {
    const sealer = new Sealer([key]);
    const sealed = await sealer.seal('sk-CANARY-0123456789', PLACE);
    for (const [place, letter] of Array.from(sealed).entries())
      for (const other of letter === 'A' ? ['B', '$', '='] : ['A', '$', '='])
        if (other !== letter) {
          const changed = sealed.slice(0, place) + other + sealed.slice(place + 1);
          await expect(sealer.open(changed, PLACE)).rejects.toMatchObject({ name: 'SealError' });
        }
    for (const changed of [sealed.slice(0, -1), `${sealed}A`, `${sealed}\n`, ` ${sealed}`, sealed.slice(1), ''])
      await expect(sealer.open(changed, PLACE)).rejects.toMatchObject({ name: 'SealError' });
  });

  it('X5: with changed letters at random is refused', async () => {
    const sealer = new Sealer();
    const changes = fc.array(fc.tuple(fc.nat(400), fc.constantFrom(...LETTERS, '$', '.')), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(text, changes, async (secret, all) => {
        const sealed = await sealer.seal(secret, PLACE);
        const letters = Array.from(sealed);
        for (const [place, letter] of all) letters[place % letters.length] = letter;
        fc.pre(letters.join('') !== sealed);
        await expect(sealer.open(letters.join(''), PLACE)).rejects.toMatchObject({ name: 'SealError' });
      }),
    );
  });

  it('X5: opens in its own table, row and column only', async () => {
    const sealer = new Sealer();
    const name = fc.string({ maxLength: 12 });
    const place = fc.record({ table: name, row: name, column: name });
    await fc.assert(
      fc.asyncProperty(place, place, async (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const sealed = await sealer.seal('secret', one);
        await expect(sealer.open(sealed, other)).rejects.toMatchObject({ reason: 'damaged' });
      }),
    );
  });

  it('is refused where the sealed key is of another one', async () => {
    const sealer = new Sealer();
    const [one, other] = await Promise.all([sealer.seal('one', PLACE), sealer.seal('two', PLACE)]);
    const [, , id, wrapped] = one.split('$');
    const mixed = `$nx1$${id ?? ''}$${wrapped ?? ''}$${other.split('$').at(-1) ?? ''}`;
    await expect(sealer.open(mixed, PLACE)).rejects.toMatchObject({ reason: 'damaged' });
  });

  it('X5: names the key it wants, where that is not here', async () => {
    const [lost, here] = [new Sealer(), new Sealer()];
    const sealed = await lost.seal('secret', PLACE);
    await expect(here.open(sealed, PLACE)).rejects.toMatchObject({ reason: 'key_missing', keyId: lost.keyId });
  });
});

describe('a key in a service', () => {
  it('is asked once for what is opened again and again', async () => {
    const key = serviceKey();
    const sealer = new Sealer([key]);
    const sealed = await sealer.seal('secret', PLACE);
    const before = key.calls;
    for (let round = 0; round < 5; round++) expect(await sealer.open(sealed, PLACE)).toBe('secret');
    expect(key.calls - before).toBe(1);
  });

  it('X5: that does not answer is waited for no longer than five seconds', async () => {
    const clock = manualClock();
    const key = serviceKey();
    const sealed = await new Sealer([key]).seal('secret', PLACE);
    const silent = (): Promise<Uint8Array> => new Promise<never>(() => undefined);
    const sealer = new Sealer([{ ...key, wrap: silent, unwrap: silent }], clock);
    const asked = Promise.allSettled([sealer.open(sealed, PLACE), sealer.seal('secret', PLACE)]);
    await clock.advance(4_999);
    expect(await Promise.race([asked, Promise.resolve('still waiting')])).toBe('still waiting');
    await clock.advance(1);
    const failed = { status: 'rejected', reason: { name: 'SealError', reason: 'key_failed' } };
    expect(await asked).toMatchObject([failed, failed]);
  });

  it.each<[what: string, unwrap: MasterKey['unwrap']]>([
    ['is away', () => Promise.reject(new Error('no route'))],
    ['opens to something else', () => randomBytes(32)],
    ['opens to too little', () => randomBytes(16)],
  ])('that %s seals nothing', async (_what, unwrap) => {
    const sealer = new Sealer([{ ...serviceKey(), unwrap }]);
    await expect(sealer.seal('secret', PLACE)).rejects.toMatchObject({ name: 'SealError' });
  });
});

describe('a master key', () => {
  const bytes = randomBytes(32);

  it('is the same in every spelling', () => {
    const spellings = [bytes, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64')];
    const more = [bytes.toString('base64url'), ` ${bytes.toString('base64')}\n`];
    expect(new Set([...spellings, ...more].map((one) => masterKeyOf(one).id)).size).toBe(1);
  });

  it.each<[what: string, key: unknown]>([
    ['too short', randomBytes(16).toString('base64')],
    ['too long', randomBytes(64).toString('hex')],
    ['a word', 'correct horse battery staple, and'],
    ['a word in base64', Buffer.from('correct horse battery staple, and').subarray(0, 32).toString('base64')],
    ['letters in place of bytes', randomBytes(16).toString('hex')],
    ['one byte again and again', '00'.repeat(32)],
    ['a pattern', Buffer.alloc(32, 'CANARY')],
    ['nothing', ''],
    ['no text', 42],
    ['half of an object', { id: 'a', wrap: () => bytes }],
    ['an id with a dollar', { ...serviceKey(), id: 'a$b' }],
    ['an id that is empty', { ...serviceKey(), id: '' }],
  ])('is refused where it is %s, and never shown', (_what, key) => {
    const problem = masterKeyProblem(key);
    expect(problem).toBeDefined();
    if (typeof key === 'string' && key !== '') expect(problem).not.toContain(key.slice(0, 8));
  });

  it('X1: tells nothing of itself in its id', () => {
    const { id } = masterKeyOf(bytes);
    expect(id).toMatch(/^mk_[0-9a-f]{16}$/);
    expect(bytes.toString('hex')).not.toContain(id.slice(3, 11));
  });

  it('cannot be there twice', () => {
    expect(() => new Sealer([bytes, bytes.toString('hex')])).toThrow(TypeError);
  });
});
