import { randomBytes } from 'node:crypto';
import type { SecretHint } from '../../key-control.ts';
import { Secret } from '../../provider-kit/secret.ts';

const PREFIX = 'nxh_';
const SECRET_BYTES = 32;
const FORM = /^nxh_[\w-]{43}$/;

/** A new secret: 256 random bits that say where they belong, for people and for scanners of leaked secrets. */
export function newKeySecret(): Secret {
  return new Secret(PREFIX + randomBytes(SECRET_BYTES).toString('base64url'));
}

/** Whether a text could be the secret of a personal key. */
export function isKeySecret(text: string): boolean {
  return text.startsWith(PREFIX) && FORM.test(text);
}

/** What people may see of it: 48 of its 256 bits. */
export function hintOf(secret: string): SecretHint {
  return { prefix: secret.slice(0, PREFIX.length + 4), last4: secret.slice(-4) };
}
