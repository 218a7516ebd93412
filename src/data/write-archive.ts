import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { StoredEntry } from '../ports/index.ts';
import { ARCHIVE_ENDING, ARCHIVE_FORMAT, archiveManifestFile, type ArchiveManifest } from './archive-manifest.ts';
import type { Peekable } from './peekable.ts';
import { putInPlace } from './put-in-place.ts';
import { writeJson } from './write-json.ts';

/** How an archive is written. */
export interface ArchiveOptions {
  readonly folder: string;
  /** A file is full with so many characters; the next one of the month goes on. */
  readonly maxLength: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** An archive that is whole, under its name and on the disk. */
export interface WrittenArchive {
  readonly file: string;
  readonly manifest: ArchiveManifest;
}

/** Lines are handed on in pieces of about so many characters. */
const PIECE_LENGTH = 64 * 1024;
/** Lines of one kind are much alike: more effort makes them little smaller, and twice as slow. */
const EFFORT = 4;

/**
 * Writes entries into a file until it is full, their month is over or there are no more. The file is there whole, with
 * its manifest, or not at all: a manifest without its file is what a crash has left, and says nothing.
 */
export async function writeArchive(
  entries: Peekable<StoredEntry>,
  month: string,
  { folder, maxLength, now, signal }: ArchiveOptions,
): Promise<WrittenArchive> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = `${month}.${await nextNumber(folder, month)}${ARCHIVE_ENDING}`;
  const file = join(folder, name);
  const counts = new Counts();
  const hash = createHash('sha256');
  let bytes = 0;
  const sum = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  const written = `${file}.tmp`;
  try {
    const lines = linesOf(entries, month, maxLength, counts);
    const target = createWriteStream(written, { flags: 'wx', mode: 0o600 });
    await pipeline(Readable.from(lines), createGzip({ level: EFFORT }), sum, target, { signal });
  } catch (cause) {
    await rm(written, { force: true });
    throw cause;
  }
  const manifest: ArchiveManifest = {
    kind: 'nexusai-hub archive',
    format: ARCHIVE_FORMAT,
    file: name,
    month,
    ...counts.all(),
    bytes,
    sha256: hash.digest('hex'),
    createdAt: new Date(now()).toISOString(),
    removedAt: null,
  };
  await writeJson(archiveManifestFile(file), manifest);
  await putInPlace(written, file);
  return { file, manifest };
}

/** The month, of UTC, an entry is filed under. */
export function monthOf({ idleSinceMs }: StoredEntry): string {
  return new Date(idleSinceMs).toISOString().slice(0, 7);
}

async function* linesOf(
  entries: Peekable<StoredEntry>,
  month: string,
  maxLength: number,
  counts: Counts,
): AsyncGenerator<string, undefined> {
  let piece = '';
  let length = 0;
  for (let entry = await entries.peek(); entry && length < maxLength; entry = await entries.peek()) {
    if (monthOf(entry) !== month) break;
    entries.take();
    counts.add(entry);
    const line = `${JSON.stringify(entry)}\n`;
    length += line.length;
    piece += line;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
  return undefined;
}

/** `0001`, or the number after the last there is. Numbers whose file was moved elsewhere are not known any more. */
async function nextNumber(folder: string, month: string): Promise<string> {
  const numbers = (await readdir(folder))
    .filter((name) => name.startsWith(`${month}.`))
    .map((name) => Number(/^\.(\d+)\./.exec(name.slice(month.length))?.[1] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

class Counts {
  #entries = 0;
  #attempts = 0;
  #messages = 0;
  #fromMs = Infinity;
  #toMs = -Infinity;

  add({ attemptLines, messageLines, idleSinceMs }: StoredEntry): void {
    this.#entries++;
    this.#attempts += attemptLines.length;
    this.#messages += messageLines.length;
    this.#fromMs = Math.min(this.#fromMs, idleSinceMs);
    this.#toMs = Math.max(this.#toMs, idleSinceMs);
  }

  all(): Pick<ArchiveManifest, 'entries' | 'attempts' | 'messages' | 'from' | 'to'> {
    return {
      entries: this.#entries,
      attempts: this.#attempts,
      messages: this.#messages,
      from: new Date(this.#fromMs).toISOString(),
      to: new Date(this.#toMs).toISOString(),
    };
  }
}
