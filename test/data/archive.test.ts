import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { manualClock } from 'nexusai-hub/testing';

import type { ArchiveReport } from '../../src/data/archive-entries.ts';
import { archiveExpired } from '../../src/data/archive-expired.ts';
import { restoreArchive } from '../../src/data/restore-archive.ts';
import { verifyArchive } from '../../src/data/verify-archive.ts';
import { entryAt, type OldLedger, oldLedger } from './old-ledger.ts';

const APRIL = Date.UTC(2026, 3, 30, 23, 59, 59, 999);
const MAY = Date.UTC(2026, 4, 1);
const JUNE = Date.UTC(2026, 5, 1);

let folder: string;
const clock = manualClock();

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'nexusai-hub-archive-')), 'archive');
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

interface Changes {
  readonly maxLength?: number;
  readonly signal?: AbortSignal;
  readonly goesOn?: () => Promise<void>;
}

function archive(ledger: OldLedger, changes: Changes = {}): Promise<ArchiveReport> {
  const signal = new AbortController().signal;
  return archiveExpired({ ledger, folder, beforeMs: JUNE, clock, signal, goesOn: async () => undefined, ...changes });
}

/** What is in the folder's archives: ids by file. */
function archived(): Record<string, string[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'));
  return Object.fromEntries(
    files.map((name) => {
      const lines = gunzipSync(readFileSync(join(folder, name))).toString().trimEnd().split('\n');
      return [name, lines.map((line) => (JSON.parse(line) as { entryId: string }).entryId)];
    }),
  );
}

function manifest(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;
}

describe('an archive', () => {
  it('P4: takes out what is old, by month of UTC, and nothing else', async () => {
    const ledger = oldLedger([entryAt(APRIL, 1), entryAt(MAY, 2), entryAt(JUNE - 1, 3), entryAt(JUNE, 4)]);
    const before = new Map(ledger.entries);
    expect(await archive(ledger)).toEqual({ archives: 2, entries: 3 });
    expect(archived()).toEqual({ '2026-04.0001.jsonl.gz': ['e1'], '2026-05.0001.jsonl.gz': ['e2', 'e3'] });
    expect([...ledger.entries.keys()]).toEqual(['e4']);
    expect(manifest('2026-05.0001.manifest.json')).toMatchObject({
      ...{ month: '2026-05', entries: 2, attempts: 2, messages: 4, format: 1 },
      ...{ from: '2026-05-01T00:00:00.000Z', to: '2026-05-31T23:59:59.999Z' },
      removedAt: new Date(clock.now()).toISOString(),
    });
    expect(readdirSync(folder)).toHaveLength(4);
    expect(await restoreArchive(ledger, join(folder, '2026-04.0001.jsonl.gz'))).toEqual({ entries: 1, restored: 1 });
    expect(await restoreArchive(ledger, join(folder, '2026-05.0001.jsonl.gz'))).toEqual({ entries: 2, restored: 2 });
    expect(new Map([...ledger.entries].sort())).toEqual(before);
    expect(await restoreArchive(ledger, join(folder, '2026-05.0001.jsonl.gz'))).toEqual({ entries: 2, restored: 0 });
  });

  it('P4: goes on in another file where one is full, and takes entries out in short steps', async () => {
    const ledger = oldLedger(Array.from({ length: 250 }, (_, number) => entryAt(MAY + number, number)));
    const length = JSON.stringify(entryAt(MAY, 1)).length;
    await archive(ledger, { maxLength: 200 * length });
    const sizes = Object.values(archived()).map((ids) => ids.length);
    expect(sizes).toHaveLength(2);
    expect(sizes.reduce((one, other) => one + other)).toBe(250);
    expect(Math.max(...ledger.removals)).toBe(100);
    // A month that comes up again has files of its own.
    await restoreArchive(ledger, join(folder, '2026-05.0002.jsonl.gz'));
    await archive(ledger);
    expect(Object.keys(archived())).toEqual([1, 2, 3].map((number) => `2026-05.000${number}.jsonl.gz`));
  });

  it('loses nothing and doubles nothing when it is broken off while it removes', async () => {
    const ledger = oldLedger(Array.from({ length: 250 }, (_, number) => entryAt(MAY, number)));
    ledger.onRemove = () => {
      if (ledger.removals.length === 1) throw new Error('The power is gone.');
    };
    await expect(archive(ledger)).rejects.toThrow('The power is gone.');
    expect(ledger.entries.size).toBe(150);
    expect(manifest('2026-05.0001.manifest.json')).toMatchObject({ removedAt: null });
    ledger.onRemove = () => undefined;
    ledger.entries.set('e999', entryAt(MAY, 999));
    expect(await archive(ledger)).toEqual({ archives: 2, entries: 251 });
    expect(ledger.entries.size).toBe(0);
    const ids = Object.values(archived()).flat();
    expect(ids).toHaveLength(251);
    expect(new Set(ids).size).toBe(251);
  });

  it('begins again where it was broken off while it wrote, and leaves no rest', async () => {
    const ledger = oldLedger([entryAt(MAY, 1)]);
    await archive(ledger);
    const written = readFileSync(join(folder, '2026-05.0001.jsonl.gz'));
    const left = { ...manifest('2026-05.0001.manifest.json'), removedAt: null };
    rmSync(folder, { recursive: true });
    const other = oldLedger([entryAt(MAY, 1), entryAt(MAY, 2)]);
    await archive(oldLedger([entryAt(APRIL, 9)]));
    // As if the power had gone after the manifest, and before the file had its name.
    writeFileSync(join(folder, '2026-05.0001.jsonl.gz.tmp'), written);
    writeFileSync(join(folder, '2026-05.0001.manifest.json'), JSON.stringify(left));
    expect(await archive(other)).toEqual({ archives: 1, entries: 2 });
    expect(archived()).toEqual({ '2026-04.0001.jsonl.gz': ['e9'], '2026-05.0001.jsonl.gz': ['e1', 'e2'] });
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('removes nothing that does not read as it was written', async () => {
    const ledger = oldLedger(Array.from({ length: 150 }, (_, number) => entryAt(MAY, number)));
    ledger.onRemove = () => {
      throw new Error('The power is gone.');
    };
    await expect(archive(ledger)).rejects.toThrow();
    const file = join(folder, '2026-05.0001.jsonl.gz');
    truncateSync(file, 100);
    ledger.onRemove = () => undefined;
    await expect(archive(ledger)).rejects.toThrow('does not read as it was written; nothing was removed');
    expect(ledger.entries.size).toBe(150);
    expect(ledger.removals).toEqual([]);
  });

  it('stops at once when it is told to, and when the task is somebody else’s', async () => {
    const ledger = oldLedger([entryAt(MAY, 1)]);
    const end = new AbortController();
    ledger.onRemove = () => end.abort();
    const more = Array.from({ length: 150 }, (_, number) => entryAt(MAY, number));
    for (const entry of more) ledger.entries.set(entry.entryId, entry);
    await expect(archive(ledger, { signal: end.signal })).rejects.toThrow('aborted');
    expect(ledger.removals).toHaveLength(1);
    const goesOn = async (): Promise<void> => {
      throw new Error('not mine');
    };
    await expect(archive(ledger, { goesOn })).rejects.toThrow('not mine');
    expect(ledger.removals).toHaveLength(1);
  });
});

describe('a damaged archive', () => {
  let file: string;
  let ledger: OldLedger;

  beforeEach(async () => {
    ledger = oldLedger([entryAt(MAY, 1), entryAt(MAY, 2)]);
    await archive(ledger);
    file = join(folder, '2026-05.0001.jsonl.gz');
  });

  const manifestFile = (): string => join(folder, '2026-05.0001.manifest.json');
  /** Writes another content, and a manifest that fits it but for what is changed. */
  const rewrite = async (text: string, changes: object = {}): Promise<void> => {
    const { createHash } = await import('node:crypto');
    const bytes = gzipSync(text);
    writeFileSync(file, bytes);
    const sum = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    writeFileSync(manifestFile(), JSON.stringify({ ...manifest('2026-05.0001.manifest.json'), ...sum, ...changes }));
  };
  const line = (number: number): string => `${JSON.stringify(entryAt(MAY, number))}\n`;

  it.each<[string, string, () => unknown]>([
    ['cut', 'bytes', () => truncateSync(file, 50)],
    [
      'changed in one bit',
      'its SHA-256',
      () => {
        const bytes = readFileSync(file);
        bytes[30]! ^= 1;
        writeFileSync(file, bytes);
      },
    ],
    ['without its manifest', 'it does not exist', () => rmSync(manifestFile())],
    ['with a broken manifest', 'is no manifest of an archive', () => writeFileSync(manifestFile(), '{"kind":')],
    ['of a newer version', 'written by a newer version', () => rewrite(line(1) + line(2), { format: 2 })],
    ['with the manifest of another', 'belongs to 2026-04', () => rewrite(line(1), { file: '2026-04.0001.jsonl.gz' })],
    ['with a line too few', 'it has 1 entries', () => rewrite(line(1))],
    ['with other messages', 'messages, and its manifest', () => rewrite(line(1) + line(2), { messages: 3 })],
    ['with a line that is no entry', 'its line 2 is no entry', () => rewrite(`${line(1)}{"entryId":1}\n`)],
    ['that ends in a line', 'in the middle of a line', () => rewrite(line(1) + line(2).slice(0, -1))],
    [
      'that is not packed',
      'not packed by gzip',
      async () => {
        await rewrite('');
        const { createHash } = await import('node:crypto');
        writeFileSync(file, 'text');
        const sum = { bytes: 4, sha256: createHash('sha256').update('text').digest('hex') };
        writeFileSync(manifestFile(), JSON.stringify({ ...manifest('2026-05.0001.manifest.json'), ...sum }));
      },
    ],
    ['that is gone', 'it does not exist', () => rmSync(file)],
  ])('%s is refused as a whole', async (_what, message, damage) => {
    await damage();
    await expect(verifyArchive(file)).rejects.toThrow(message);
    await expect(restoreArchive(ledger, file)).rejects.toThrow(message);
    expect(ledger.entries.size).toBe(0);
  });

  it('is told from a file of another kind', async () => {
    await expect(verifyArchive(join(folder, 'x.db'))).rejects.toThrow('expected a name that ends in .jsonl.gz');
  });
});
