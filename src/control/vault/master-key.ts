import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { MasterKey, MasterKeySource } from '../../master-key-source.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Of 32 bytes by chance some 30 are different, and not even 16 in any number of years. */
const FEWEST_DIFFERENT = 16;

const EXPECTED = 'expected 32 random bytes, as base64 or hexadecimal';
const MAKE_ONE = 'Make one: openssl rand -base64 32';

/** What is wrong with a master key; `undefined` where nothing can be said against it. The key is not in the text. */
export function masterKeyProblem(given: unknown): string | undefined {
  if (isMasterKey(given)) return idProblem(given.id);
  const bytes = bytesOf(given);
  if (!bytes) return `${EXPECTED}. ${MAKE_ONE}`;
  if (bytes.length !== KEY_BYTES) return `${EXPECTED}, got ${String(bytes.length)} bytes. ${MAKE_ONE}`;
  const isTyped = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (isTyped || new Set(bytes).size < FEWEST_DIFFERENT) return `${EXPECTED}, not a word or a pattern. ${MAKE_ONE}`;
  return undefined;
}

/**
 * The key that is given, ready to be used. Its id is made from it, and tells nothing else of it.
 * @throws TypeError with what is wrong; never with the key.
 */
export function masterKeyOf(source: MasterKeySource): MasterKey {
  const problem = masterKeyProblem(source);
  if (problem !== undefined) throw new TypeError(problem);
  if (isMasterKey(source)) return source;
  return localMasterKey(bytesOf(source) ?? new Uint8Array());
}

/** A key for what does not outlive the process. */
export function randomMasterKey(): MasterKey {
  return localMasterKey(randomBytes(KEY_BYTES));
}

/** True for functions of the owner's own. */
export function isMasterKey(value: unknown): value is MasterKey {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  const { id, wrap, unwrap } = value as Partial<MasterKey>;
  return typeof id === 'string' && typeof wrap === 'function' && typeof unwrap === 'function';
}

function localMasterKey(bytes: Uint8Array): MasterKey {
  const key = derived(bytes, 'wrapping', KEY_BYTES);
  return {
    id: `mk_${derived(bytes, 'id', 8).toString('hex')}`,
    wrap(dataKey) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      return Buffer.concat([iv, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap(wrapped) {
      const end = wrapped.length - TAG_BYTES;
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, IV_BYTES), options);
      decipher.setAuthTag(wrapped.subarray(end));
      return Buffer.concat([decipher.update(wrapped.subarray(IV_BYTES, end)), decipher.final()]);
    },
  };
}

/** One key for one use: that which is given does nothing but make others. */
function derived(bytes: Uint8Array, use: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, '', `nexusai-hub master key 1: ${use}`, length));
}

function bytesOf(given: unknown): Uint8Array | undefined {
  if (given instanceof Uint8Array) return given;
  if (typeof given !== 'string') return undefined;
  const text = given.trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  // Buffer takes both alphabets of base64, with and without its padding.
  return /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function idProblem(id: string): string | undefined {
  if (/^[\x21-\x23\x25-\x7e]{1,256}$/.test(id)) return undefined;
  return 'the id of a key of your own has to be 1 to 256 visible letters of ASCII, without "$"';
}
