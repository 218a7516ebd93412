import { hkdfSync } from 'node:crypto';

/** What keys of callers are hashed with (HMAC-SHA-256), so that a stolen list of hashes tells nothing of them. */
export interface Pepper {
  /** Stands beside each hash and tells which pepper it was made with; it tells nothing of it. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/** Derives (HKDF, RFC 5869) the pepper from the root that the vault keeps. */
export function pepperFrom(root: string): Pepper {
  const derived = (use: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', root, '', `nexusai-hub pepper 1: ${use}`, length));
  return { id: `pp_${derived('id', 8).toString('hex')}`, bytes: derived('hmac', 32) };
}
