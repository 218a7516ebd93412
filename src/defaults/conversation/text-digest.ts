import { hash } from 'node:crypto';

/** Characters of a digest: 132 bits in base64url. */
const LENGTH = 22;
/** A longer text gets a buffer of its own, which goes with it. */
const SHARED_BYTES = 256 * 1024;
/** An address is looked at as a whole up to this length; of a picture in it, both ends tell it from any other. */
const LONGEST_ADDRESS = 16_384;

let shared: Buffer | undefined;

/** A short text that stands for this one (SHA-256, cut to 132 bits). */
export function digestOf(text: string | Buffer): string {
  return hash('sha256', text, 'base64url').slice(0, LENGTH);
}

/**
 * The same for texts that differ in white space only: clients trim, wrap and join what was said. `kind` keeps texts of
 * different kinds apart. Takes time in proportion to the text, about 4 us a kilobyte.
 */
export function plainDigestOf(kind: string, text: string): string {
  const most = kind.length + 1 + text.length * 3;
  const buffer = most <= SHARED_BYTES ? (shared ??= Buffer.allocUnsafe(SHARED_BYTES)) : Buffer.allocUnsafe(most);
  const start = buffer.write(`${kind}\n`, 'latin1');
  const end = start + buffer.write(text, start, 'utf8');
  return digestOf(buffer.subarray(0, withoutSpace(buffer, start, end)));
}

/** An address, or a file written into one. */
export function addressDigestOf(address: string): string {
  if (address.length <= LONGEST_ADDRESS) return digestOf(address);
  const ends = address.slice(0, LONGEST_ADDRESS / 2) + address.slice(-LONGEST_ADDRESS / 2);
  return digestOf(`${address.length}\n${ends}`);
}

/** Moves UTF-8 together over its white space, and returns where it ends then. */
function withoutSpace(bytes: Buffer, start: number, end: number): number {
  let to = start;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] ?? 0;
    if (byte <= 0x20) continue;
    if (byte >= 0xc2 && byte <= 0xe3) {
      const skipped = wideSpace(byte, bytes[from + 1] ?? 0, bytes[from + 2] ?? 0);
      if (skipped > 0) {
        from += skipped - 1;
        continue;
      }
    }
    bytes[to++] = byte;
  }
  return to;
}

/** Length of a white space that is not ASCII: no-break space, U+2000 to U+200B, line and paragraph separator, narrow no-break space, ideographic space. */
function wideSpace(first: number, second: number, third: number): number {
  if (first === 0xc2) return second === 0xa0 ? 2 : 0;
  if (first === 0xe3) return second === 0x80 && third === 0x80 ? 3 : 0;
  if (first !== 0xe2 || second !== 0x80) return 0;
  return third <= 0x8b || third === 0xa8 || third === 0xa9 || third === 0xaf ? 3 : 0;
}
