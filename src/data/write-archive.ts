import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArchiveHead, ArchiveKind, WrittenArchive } from './archive-kind.ts';
import { ARCHIVE_ENDING, archiveManifestFile } from './archive-manifest.ts';
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

/** Lines are handed on in pieces of about so many characters. */
const PIECE_LENGTH = 64 * 1024;
/** Lines of one kind are much alike: more effort makes them little smaller, and twice as slow. */
const EFFORT = 4;

/**
 * Writes entries into a file until it is full, one of a later month comes or there are no more; there has to be one. The
 * file is there whole, with its manifest, or not at all: a manifest without its file is what a crash has left, and says
 * nothing.
 */
export async function writeArchive<Entry, Manifest extends ArchiveHead>(
  entries: Peekable<Entry>,
  kind: ArchiveKind<Entry, Manifest>,
  { folder, maxLength, now, signal }: ArchiveOptions,
): Promise<WrittenArchive<Manifest>> {
  const content = new Content(entries, kind, await monthOf(entries, kind), maxLength);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const begin = `${kind.prefix}${content.month}.`;
  const name = `${begin}${await nextNumber(folder, begin)}${ARCHIVE_ENDING}`;
  const file = join(folder, name);
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
    const target = createWriteStream(written, { flags: 'wx', mode: 0o600 });
    await pipeline(Readable.from(content.pieces()), createGzip({ level: EFFORT }), sum, target, { signal });
  } catch (cause) {
    await rm(written, { force: true });
    throw cause;
  }
  const sums = { bytes, sha256: hash.digest('hex') };
  const manifest = content.manifest({ file: name, ...sums, createdAt: new Date(now()).toISOString() });
  await writeJson(archiveManifestFile(file), manifest);
  await putInPlace(written, file);
  return { file, manifest };
}

async function monthOf<Entry>(entries: Peekable<Entry>, { timeOf }: Pick<ArchiveKind<Entry, ArchiveHead>, 'timeOf'>): Promise<string> {
  const first = await entries.peek();
  if (first === undefined) throw new Error('An archive has at least one entry.');
  return monthAt(timeOf(first));
}

/** A month of UTC. */
function monthAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** `0001`, or the number after the last there is. Numbers whose file was moved elsewhere are not known any more. */
async function nextNumber(folder: string, begin: string): Promise<string> {
  const numbers = (await readdir(folder))
    .filter((name) => name.startsWith(begin))
    .map((name) => Number(/^(\d+)\./.exec(name.slice(begin.length))?.[1] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

/** What goes into a file, and what its manifest says of that. */
class Content<Entry, Manifest extends ArchiveHead> {
  readonly month: string;
  readonly #entries: Peekable<Entry>;
  readonly #kind: ArchiveKind<Entry, Manifest>;
  readonly #maxLength: number;
  readonly #tally: ReturnType<ArchiveKind<Entry, Manifest>['tally']>;
  #count = 0;
  #fromMs = Infinity;
  #toMs = -Infinity;

  constructor(entries: Peekable<Entry>, kind: ArchiveKind<Entry, Manifest>, month: string, maxLength: number) {
    this.month = month;
    this.#entries = entries;
    this.#kind = kind;
    this.#maxLength = maxLength;
    this.#tally = kind.tally();
  }

  async *pieces(): AsyncGenerator<string, undefined> {
    let piece = '';
    let length = 0;
    for (let entry = await this.#next(); entry !== undefined && length < this.#maxLength; entry = await this.#next()) {
      this.#entries.take();
      this.#add(entry);
      const line = `${JSON.stringify(this.#kind.lineOf(entry))}\n`;
      length += line.length;
      piece += line;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
    if (piece !== '') yield piece;
    return undefined;
  }

  manifest(made: Pick<ArchiveHead, 'file' | 'bytes' | 'sha256' | 'createdAt'>): Manifest {
    return this.#tally.manifest({
      format: this.#kind.manifest.format,
      month: this.month,
      entries: this.#count,
      from: new Date(this.#fromMs).toISOString(),
      to: new Date(this.#toMs).toISOString(),
      ...made,
      removedAt: null,
    });
  }

  /** Where times are not in order, what is of an earlier month goes in with what is around it. */
  async #next(): Promise<Entry | undefined> {
    const entry = await this.#entries.peek();
    return entry !== undefined && monthAt(this.#kind.timeOf(entry)) <= this.month ? entry : undefined;
  }

  #add(entry: Entry): void {
    const ms = this.#kind.timeOf(entry);
    this.#count++;
    this.#fromMs = Math.min(this.#fromMs, ms);
    this.#toMs = Math.max(this.#toMs, ms);
    this.#tally.add(entry);
  }
}
