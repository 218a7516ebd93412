import { randomFillSync } from 'node:crypto';

/** Random bytes are fetched for many ids at once: the call costs more than the bytes. */
const POOL_BYTES = 4_096;
const RANDOM_BYTES = 10;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** A UUID that begins with its time (version 7, RFC 9562): ids grow as time does, and no two are the same. */
export function timeOrderedId(atMs: number): string {
  if (used + RANDOM_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0');
  const first = (0x7000 | (pool.readUInt16BE(used) & 0x0fff)).toString(16);
  const second = (0x8000 | (pool.readUInt16BE(used + 2) & 0x3fff)).toString(16);
  const rest = pool.toString('hex', used + 4, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  return `${time.slice(0, 8)}-${time.slice(8)}-${first}-${second}-${rest}`;
}
