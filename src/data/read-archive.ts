import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { NexusError } from '../errors.ts';
import type { ArchiveHead, ArchiveKind } from './archive-kind.ts';

/**
 * The entries of an archive, one after the other. Holds one line at a time.
 * @throws NexusError `file_damaged` where it is cut, changed or something else.
 */
export async function* readArchive<Entry>(
  file: string,
  kind: Pick<ArchiveKind<Entry, ArchiveHead>, 'entryOf' | 'line'>,
): AsyncGenerator<Entry, undefined> {
  let number = 0;
  for await (const text of linesOf(file)) {
    number++;
    const entry = kind.entryOf(parsed(text));
    if (entry === undefined) throw damaged(file, `its line ${String(number)} is no ${kind.line}`);
    yield entry;
  }
  return undefined;
}

/** By `\n` alone: other ends of lines may be in a text that somebody wrote. */
async function* linesOf(file: string): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of unpacked(file)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') throw damaged(file, 'it ends in the middle of a line');
  return undefined;
}

async function* unpacked(file: string): AsyncGenerator<Buffer, undefined> {
  const packed = createReadStream(file, { highWaterMark: 256 * 1024 });
  const stream = createGunzip({ chunkSize: 256 * 1024 });
  packed.once('error', (cause) => stream.destroy(cause)).pipe(stream);
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) yield bytes;
  } catch (cause) {
    const isPacking = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
    throw isPacking ? damaged(file, 'it is cut, or is not packed by gzip', cause) : cause;
  } finally {
    packed.destroy();
    stream.destroy();
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(file: string, how: string, cause?: unknown): NexusError {
  return new NexusError('file_damaged', `The archive "${file}" is damaged: ${how}. Nothing of it was used.`, {}, cause);
}
