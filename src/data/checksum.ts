import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What tells one content of a file from every other. */
export interface Checksum {
  readonly bytes: number;
  /** In hexadecimal digits, as `sha256sum` prints it. */
  readonly sha256: string;
}

/** Reads a file, however large, and sums it up. */
export async function checksumOf(file: string, signal?: AbortSignal): Promise<Checksum> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(file, { signal, highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
