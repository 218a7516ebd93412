import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { MasterKey } from '../../master-key-source.ts';

/** Where a sealed text stands. It opens nowhere else. */
export interface SealedPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** What can be told of a sealed text without opening it. */
export interface SealedParts {
  /** The master key it wants. */
  readonly keyId: string;
  readonly wrapped: Buffer;
  readonly body: Buffer;
  /** All before the body, as it was written. */
  readonly head: string;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Version, id of the master key, key of this text sealed by the master key, the text sealed by its key. */
const FORM = /^(\$nx1\$([\x21-\x23\x25-\x7e]{1,256})\$([\w-]{1,16384})\$)([\w-]+)$/;

/**
 * Seals a text with a key of its own, by AES-256-GCM, and that key with the master key. Every letter of what comes out,
 * and the place it is for, is held by the tag: `$nx1$<id of the master key>$<sealed key>$<iv, text, tag>`.
 */
export async function seal(text: string, place: SealedPlace, masterKey: MasterKey): Promise<string> {
  const dataKey = randomBytes(KEY_BYTES);
  try {
    const wrapped = Buffer.from(await masterKey.wrap(dataKey));
    const head = `$nx1$${masterKey.id}$${wrapped.toString('base64url')}$`;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', dataKey, iv);
    cipher.setAAD(associatedData(place, head));
    const body = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${head}${body.toString('base64url')}`;
  } finally {
    dataKey.fill(0);
  }
}

/**
 * Takes a sealed text apart. `undefined`: it is none. What is written in another way than {@link seal} writes is none,
 * though it meant the same bytes.
 */
export function sealedPartsOf(sealed: string): SealedParts | undefined {
  const [, head, keyId, wrappedText, bodyText] = FORM.exec(sealed) ?? [];
  if (head === undefined || keyId === undefined || wrappedText === undefined || bodyText === undefined)
    return undefined;
  const wrapped = Buffer.from(wrappedText, 'base64url');
  const body = Buffer.from(bodyText, 'base64url');
  const isAsWritten = wrapped.toString('base64url') === wrappedText && body.toString('base64url') === bodyText;
  return isAsWritten && body.length >= IV_BYTES + TAG_BYTES ? { keyId, wrapped, body, head } : undefined;
}

/** The text that was sealed for this place, by the key of it. Throws where a letter of it, or the place, is another. */
export function opened({ head, body }: SealedParts, place: SealedPlace, dataKey: Uint8Array): string {
  const end = body.length - TAG_BYTES;
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', dataKey, body.subarray(0, IV_BYTES), options);
  decipher.setAAD(associatedData(place, head));
  decipher.setAuthTag(body.subarray(end));
  return Buffer.concat([decipher.update(body.subarray(IV_BYTES, end)), decipher.final()]).toString('utf8');
}

function associatedData({ table, row, column }: SealedPlace, head: string): Buffer {
  return Buffer.from(JSON.stringify(['nexusai-hub sealed', table, row, column, head]));
}
