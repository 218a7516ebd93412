import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { NexusError } from './errors.ts';
import type { Permission } from './permissions.ts';
import type { Caller, Clock, Store } from './ports/index.ts';
import type { Roles } from './roles.ts';

/** Where sessions are, in the store that processes may share. */
const FOLDER = 'console-sessions';

/** A session that is not used for so long is over. */
const IDLE_MS = 8 * 3_600_000;
/** And any is after a day. */
const LONGEST_MS = 24 * 3_600_000;
/** How often it is written that one is used. */
const TOUCH_MS = 60_000;

const TOKEN = /^[\w-]{43}$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A session as whoever began it gets it. */
export interface BegunSession {
  /** Goes into the cookie, and is kept nowhere. */
  readonly token: string;
  /** What a request that changes something has to say beside its cookie. */
  readonly csrf: string;
  readonly endsAtMs: number;
}

interface Kept {
  /** The key that it was begun with, which only its token opens. */
  readonly sealed: string;
  readonly beganAtMs: number;
  readonly usedAtMs: number;
}

/**
 * Sessions of the console: short tokens that stand for a key. Each request is asked for by the key itself, so a session is
 * over with its key. What is kept is under a digest of the token, and sealed with the token: whoever reads the store finds
 * neither of them.
 */
export class ConsoleSessions {
  readonly #store: Store;
  readonly #roles: () => Roles;
  readonly #clock: Clock;

  constructor(store: Store, roles: () => Roles, clock: Clock) {
    this.#store = store;
    this.#roles = roles;
    this.#clock = clock;
  }

  /** Begins one for a key that was let in. */
  async begin(key: string): Promise<BegunSession> {
    const token = randomBytes(32).toString('base64url');
    const now = this.#clock.now();
    await this.#keep(token, { sealed: sealedBy(token, key), beganAtMs: now, usedAtMs: now });
    return { token, csrf: this.csrfOf(token), endsAtMs: now + LONGEST_MS };
  }

  /**
   * The key that a session stands for.
   * @throws NexusError `unauthenticated` where it is over
   */
  async keyOf(token: string): Promise<string> {
    const kept = TOKEN.test(token) ? await this.#kept(token) : undefined;
    const now = this.#clock.now();
    if (!kept || now >= kept.usedAtMs + IDLE_MS || now >= kept.beganAtMs + LONGEST_MS) {
      if (kept) await this.end(token);
      throw new NexusError('unauthenticated', 'The session is over. Log in again.');
    }
    if (now - kept.usedAtMs >= TOUCH_MS) await this.#keep(token, { ...kept, usedAtMs: now });
    return openedBy(token, kept.sealed);
  }

  /** Ends one, which is nothing new where it is over. */
  async end(token: string): Promise<void> {
    if (TOKEN.test(token)) await this.#store.delete(FOLDER, nameOf(token));
  }

  /** What a request of this session has to say beside its cookie; told by who has the cookie only. */
  csrfOf(token: string): string {
    return createHmac('sha256', token).update('nexusai-hub csrf').digest('base64url');
  }

  /** What pages may offer to this caller. */
  permissionsOf(caller: Caller): readonly Permission[] {
    return this.#roles().of(caller);
  }

  isCsrfOf(token: string, shown: string): boolean {
    const right = Buffer.from(this.csrfOf(token));
    const given = Buffer.from(shown);
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #keep(token: string, kept: Kept): Promise<void> {
    const left = kept.beganAtMs + LONGEST_MS - this.#clock.now();
    return this.#store.set(FOLDER, nameOf(token), JSON.stringify(kept), Math.max(1, Math.min(IDLE_MS, left)));
  }

  async #kept(token: string): Promise<Kept | undefined> {
    try {
      const text = await this.#store.get(FOLDER, nameOf(token));
      return text === undefined ? undefined : (JSON.parse(text) as Kept);
    } catch (cause) {
      throw new NexusError('keys_unavailable', 'It cannot be told whether the session goes on. Try again.', {}, cause);
    }
  }
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

function cipherKeyOf(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'nexusai-hub console session', 32));
}

function sealedBy(token: string, key: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', cipherKeyOf(token), iv);
  const text = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

function openedBy(token: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', cipherKeyOf(token), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString('utf8');
}
