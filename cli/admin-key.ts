import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Authenticator, type Caller, NexusError } from 'nexusai-hub';
import { z } from 'zod';
import { Problem } from './problem.ts';
import { writeFirst } from './write-first.ts';

/** What is kept of the key: enough to know it again, too little to make it. */
const stored = z.strictObject({
  algorithm: z.literal('hmac-sha256'),
  pepper: z.string().min(32),
  digest: z.string().min(32),
});
type Stored = z.output<typeof stored>;

/** An admin key of this folder. `key` is there only when it was made just now: nobody can be shown it again. */
export interface AdminKey {
  /** Where its hash is kept, from the root on. */
  readonly file: string;
  readonly key: string | undefined;
  isRight(key: string): boolean;
}

/**
 * The admin key of a data folder, made at the first start.
 * @throws Problem when the folder cannot be written or the file is damaged.
 */
export function adminKeyOf(dataDir: string): AdminKey {
  const file = resolve(dataDir, 'admin-key.json');
  if (existsSync(file)) return keyFrom(readStored(file), file, undefined);
  const key = `nxa-${randomBytes(24).toString('base64url')}`;
  const pepper = randomBytes(32).toString('base64url');
  const made: Stored = { algorithm: 'hmac-sha256', pepper, digest: digestOf(key, pepper) };
  return isFirst(file, made) ? keyFrom(made, file, key) : keyFrom(readStored(file), file, undefined);
}

/** False: another server of this folder, started at the same time, has made one meanwhile. */
function isFirst(file: string, made: Stored): boolean {
  try {
    return writeFirst(file, `${JSON.stringify(made, null, 2)}\n`);
  } catch (cause) {
    const mend = 'Set NEXUS_DATA_DIR to a folder that can be written, or NEXUS_ADMIN_KEY to a key of your own.';
    throw new Problem(`${file}: the admin key cannot be stored. ${mend}`, { cause });
  }
}

/**
 * Admits the admin by this key, and others by theirs. While there are none, others are plain users where the hub is open to
 * everybody, and nobody elsewhere.
 */
export function adminFirst(
  adminKey: AdminKey,
  isOpen: boolean,
): (others: Authenticator, keys: number) => Authenticator {
  const admin: Caller = { id: 'admin', role: 'admin' };
  return (others, keys) => ({
    ...others,
    identify(credentials, signal) {
      const { via, key, signedBy } = credentials;
      if (via === 'process' || (key !== undefined && adminKey.isRight(key))) return admin;
      // Where everybody is let in, a personal key that is not known is still one that was taken back.
      const isTakenBack = keys === 0 && key?.startsWith('nxh_') === true;
      if ((isOpen || keys > 0) && !isTakenBack) return others.identify(credentials, signal);
      throw new NexusError(
        'unauthenticated',
        key === undefined && signedBy === undefined
          ? 'No API key was sent. Send it as "Authorization: Bearer <key>".'
          : 'The API key is not known here. Check it with whoever runs this hub.',
      );
    },
  });
}

function readStored(file: string): Stored {
  try {
    return stored.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Problem(`${file}: damaged or not readable. Remove it, and a new admin key is made.`, { cause });
  }
}

function keyFrom({ pepper, digest }: Stored, file: string, key: string | undefined): AdminKey {
  const wanted = Buffer.from(digest);
  return {
    file,
    key,
    isRight(shown) {
      const given = Buffer.from(digestOf(shown, pepper));
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    },
  };
}

function digestOf(key: string, pepper: string): string {
  return createHmac('sha256', pepper).update(key).digest('base64url');
}
