import { isAscii, isUtf8, transcode } from 'node:buffer';

/** From this size on the detour over UTF-16 is faster. */
const LONG_BYTES = 512;

/**
 * UTF-8 as a string; what is none becomes U+FFFD. `toString` decodes text that is not ASCII several times slower than it can be transcoded
 * (100 KB, a third of it Chinese: 320 against 130 us on Node 20).
 */
export function textOf(bytes: Uint8Array): string {
  const buffer = asBuffer(bytes);
  if (isAscii(buffer)) return buffer.toString('latin1');
  // `transcode` throws on what is not UTF-8.
  if (buffer.length < LONG_BYTES || !isUtf8(buffer)) return buffer.toString();
  return transcode(buffer, 'utf8', 'utf16le').toString('utf16le');
}

/** The same memory as a `Buffer`, whose searches are native. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
