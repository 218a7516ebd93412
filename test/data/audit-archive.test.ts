import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { memoryAuditLog, verifyAuditArchives, verifyChain } from 'nexusai-hub';
import type { AuditLink, AuditLog } from 'nexusai-hub/ports';
import { CHAIN_START, hashOf } from 'nexusai-hub/storage-kit';
import { manualClock } from 'nexusai-hub/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveReport } from '../../src/data/archive-entries.ts';
import { archiveAudit, type AuditArchiveRun } from '../../src/data/archive-audit.ts';
import { startOfWholeRetention } from '../../src/data/retention-period.ts';
import { auditEntry } from '../storage/audit-entry.ts';

const APRIL = Date.UTC(2026, 3, 30, 23, 59, 59, 990);
const MAY = Date.UTC(2026, 4, 1);
const JUNE = Date.UTC(2026, 5, 1);

let folder: string;
let log: AuditLog;
/** What was written down of removals. */
let notes: string[];
const clock = manualClock(JUNE);

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'nexusai-hub-audit-archive-')), 'archive');
  log = memoryAuditLog({ maxEntries: 100_000 });
  notes = [];
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

let written = 0;
async function append(...times: readonly number[]): Promise<void> {
  const entries = times.map((atMs) =>
    auditEntry(`entry-${String(++written).padStart(6, '0')}`, { atMs, target: '你好\u2028\r\n', details: '{"a":"👋"}' }),
  );
  await log.append(entries);
}

function archive(more: Partial<AuditArchiveRun> = {}): Promise<ArchiveReport> {
  return archiveAudit({
    log,
    folder,
    beforeMs: JUNE,
    clock,
    signal: new AbortController().signal,
    goesOn: async () => undefined,
    noted: async ({ manifest }, remove) => {
      notes.push(manifest.file);
      await remove();
    },
    ...more,
  });
}

/** Files of archives by their names, in order. */
function files(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.gz'))
    .sort()
    .map((name) => join(folder, name));
}
const manifestOf = (file: string): string => file.replace('.jsonl.gz', '.manifest.json');
const manifest = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(manifestOf(file), 'utf8')) as Record<string, unknown>;

type Row = Record<string, unknown>;
function rows(file: string): Row[] {
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

/** Writes a file anew with a manifest that fits it, as somebody does who knows how both are made. */
function forge(file: string, some: readonly Row[], more: Row = {}): void {
  const bytes = gzipSync(some.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeFileSync(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(manifestOf(file), JSON.stringify({ ...manifest(file), bytes: bytes.length, sha256, ...more }));
}

/** A log that fails when it is told to. */
function failing(when: (upTo: AuditLink) => boolean): AuditLog {
  const remove = async (upTo: AuditLink): Promise<void> => {
    if (when(upTo)) throw new Error('The power is gone.');
    await log.remove(upTo);
  };
  return { ...bound(log), remove };
}
function bound(one: AuditLog): AuditLog {
  return {
    append: (entries) => one.append(entries),
    page: (query) => one.page(query),
    after: (sequence, limit) => one.after(sequence, limit),
    head: () => one.head(),
    remove: (upTo) => one.remove(upTo),
  };
}

describe('what is kept', () => {
  it.each([
    ['2026-11-26T10:00:00.000Z', { months: 24 }, '2024-11-01T00:00:00.000Z'],
    ['2026-11-26T10:00:00.000Z', { days: 30 }, '2026-10-27T00:00:00.000Z'],
    ['2026-11-01T00:00:00.000Z', { months: 1 }, '2026-10-01T00:00:00.000Z'],
  ])('%s, %j: since %s', (now, period, since) => {
    expect(new Date(startOfWholeRetention(Date.parse(now), period)).toISOString()).toBe(since);
  });
});

describe('the archive of an audit log', () => {
  it('takes out what is old, by month, and leaves a chain that holds across the cut', async () => {
    await append(APRIL, MAY, APRIL + 5, MAY + 1, JUNE, MAY + 2);
    const before = await log.after(0, 10);
    expect(await archive()).toEqual({ archives: 2, entries: 4 });
    const [april = '', may = ''] = files();
    expect([april, may]).toEqual(
      ['audit-2026-04.0001.jsonl.gz', 'audit-2026-05.0001.jsonl.gz'].map((name) => join(folder, name)),
    );
    expect(notes).toEqual(['audit-2026-04.0001.jsonl.gz', 'audit-2026-05.0001.jsonl.gz']);
    // What came late of a month goes in with what is around it; what is young keeps what is behind it.
    expect([rows(april), rows(may)].map((some) => some.map(({ sequence }) => sequence))).toEqual([[1], [2, 3, 4]]);
    const linkAt = (place: number): AuditLink => ({ sequence: place + 1, hash: before[place]!.hash });
    expect(manifest(may)).toMatchObject({
      ...{ kind: 'nexusai-hub audit archive', format: 1, month: '2026-05', entries: 3 },
      ...{ from: '2026-04-30T23:59:59.995Z', to: '2026-05-01T00:00:00.001Z' },
      ...{ after: linkAt(0), last: linkAt(3), removedAt: new Date(clock.now()).toISOString() },
    });
    expect(await log.after(0, 10)).toEqual(before.slice(4));
    expect(await verifyChain(log)).toMatchObject({ broken: undefined, from: linkAt(3), checked: 2 });
    await append(JUNE + 1);
    expect(await verifyChain(log)).toMatchObject({ broken: undefined, checked: 3 });
    expect(await verifyAuditArchives([may, april], { log })).toEqual({
      ...{ broken: undefined, checked: 4, from: CHAIN_START, to: linkAt(3) },
    });
    expect(await archive()).toEqual({ archives: 0, entries: 0 });
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it('goes on in another file where one is full, and removes in short steps', async () => {
    await append(...Array.from({ length: 450 }, (_, place) => MAY + place));
    const steps: number[] = [];
    const counted = failing(({ sequence }) => steps.push(sequence) < 0);
    const length = JSON.stringify(await log.after(0, 1)).length;
    await archive({ log: counted, maxLength: 250 * length });
    expect(files()).toHaveLength(2);
    expect(Math.max(...steps.map((step, place) => step - (steps[place - 1] ?? 0)))).toBeLessThanOrEqual(100);
    expect(await verifyAuditArchives(files(), { log })).toMatchObject({ broken: undefined, checked: 450 });
  });

  it.each([
    ['before it removes', 0, 1],
    ['while it removes', 200, 1],
    ['before it has said so', 250, 0],
  ])('loses nothing and doubles nothing when it is broken off %s', async (_when, removed, again) => {
    await append(...Array.from({ length: 250 }, (_, place) => MAY + place));
    const before = await log.after(0, 1_000);
    const broken = failing(({ sequence }) => sequence > removed);
    const noted = async (_archive: unknown, remove: () => Promise<void>): Promise<void> => {
      await remove();
      throw new Error('The power is gone.');
    };
    await expect(archive({ log: broken, noted })).rejects.toThrow('The power is gone.');
    expect((await log.head()).checkpoint.sequence).toBe(removed);
    const [file = ''] = files();
    expect(manifest(file)).toMatchObject({ removedAt: null });
    expect(await verifyChain(log)).toMatchObject({ broken: undefined });
    expect(await verifyAuditArchives([file], { log })).toMatchObject({ broken: undefined, checked: 250 });

    await append(MAY + 300);
    expect(await archive()).toEqual({ archives: 2, entries: 251 });
    expect(notes).toHaveLength(again + 1);
    const hashes = files().flatMap((name) => rows(name).map(({ hash }) => hash));
    expect(hashes.slice(0, 250)).toEqual(before.map(({ hash }) => hash));
    expect(new Set(hashes).size).toBe(251);
    expect(await verifyAuditArchives(files(), { log })).toMatchObject({ broken: undefined, checked: 251 });
  });

  it('takes nothing out that is not written down first', async () => {
    await append(MAY);
    const noted = (): Promise<void> => Promise.reject(new Error('The log takes no entries.'));
    await expect(archive({ noted })).rejects.toThrow('The log takes no entries.');
    expect(await log.after(0, 10)).toHaveLength(1);
    expect(await archive()).toEqual({ archives: 1, entries: 1 });
  });

  it('leaves a chain as it is where that is broken, with what shows it', async () => {
    await append(MAY, MAY + 1, MAY + 2);
    const spoilt: AuditLog = {
      ...bound(log),
      after: async (...asked) =>
        (await log.after(...asked)).map((entry) => (entry.sequence === 2 ? { ...entry, actor: 'nobody' } : entry)),
    };
    await expect(archive({ log: spoilt })).rejects.toThrow('is broken: The entry 2 was changed');
    expect(await log.after(0, 10)).toHaveLength(3);
    expect(files()).toEqual([]);
  });

  it('removes nothing by an archive that was spoilt or is of another log', async () => {
    await append(MAY, MAY + 1, MAY + 2);
    const power = { noted: () => Promise.reject(new Error('The power is gone.')) };
    await expect(archive(power)).rejects.toThrow();
    const [file = ''] = files();
    const whole = { bytes: readFileSync(file), manifest: readFileSync(manifestOf(file)) };
    // Every byte is as the manifest says, and one entry is another.
    forge(file, rows(file).with(1, { ...rows(file)[1], actor: 'nobody' }));
    await expect(archive()).rejects.toThrow('is broken: The entry 2 was changed');
    writeFileSync(file, whole.bytes.subarray(0, 40));
    await expect(archive()).rejects.toThrow('does not read as it was written');
    writeFileSync(file, whole.bytes);
    writeFileSync(manifestOf(file), whole.manifest);
    expect(await log.after(0, 10)).toHaveLength(3);

    log = memoryAuditLog();
    await append(MAY, MAY + 1, MAY + 2);
    await expect(archive()).rejects.toThrow('was not written from this audit log');
    expect(await log.after(0, 10)).toHaveLength(3);
    expect(notes).toEqual([]);
  });

  it('stops at once when it is told to, and when the task is somebody else’s', async () => {
    await append(...Array.from({ length: 250 }, (_, place) => MAY + place));
    const end = new AbortController();
    const closing = failing(({ sequence }) => {
      if (sequence === 200) end.abort();
      return false;
    });
    await expect(archive({ log: closing, signal: end.signal })).rejects.toThrow('aborted');
    expect((await log.head()).checkpoint.sequence).toBe(200);
    const goesOn = (): Promise<void> => Promise.reject(new Error('not mine'));
    await expect(archive({ goesOn })).rejects.toThrow('not mine');
    expect((await log.head()).checkpoint.sequence).toBe(200);
  });

  it('stands beside that of a ledger, and touches nothing of it', async () => {
    await append(MAY);
    await archive();
    const [file = ''] = files();
    const ledgers = join(folder, '2026-05.0001.jsonl.gz.tmp');
    writeFileSync(ledgers, '');
    renameSync(file, `${file}.tmp`);
    writeFileSync(manifestOf(file), JSON.stringify({ ...manifest(file), removedAt: null }));
    await archive();
    // What a crash has left of its own goes.
    expect(readdirSync(folder)).toEqual(['2026-05.0001.jsonl.gz.tmp']);
  });
});

describe('archives that are looked at', () => {
  let april: string;
  let may: string;

  beforeEach(async () => {
    await append(APRIL, APRIL + 1, APRIL + 2, MAY, MAY + 1, MAY + 2, JUNE, JUNE + 1);
    await archive();
    [april = '', may = ''] = files();
  });
  const found = async (some = [april, may], expected?: AuditLink): Promise<unknown> => {
    const { broken } = await verifyAuditArchives(some, { log, expect: expected });
    return broken && [broken.problem, broken.sequence, broken.file];
  };
  /** The rows of a file with others in their places, and hashes that fit from there on. */
  const rehashed = (file: string, place: number, change: Row): Row[] => {
    let previous: unknown;
    return rows(file).map((row, at) => {
      const one: Row = { ...row, ...(at === place ? change : {}), ...(at > place ? { previous_hash: previous } : {}) };
      if (at < place) return row;
      const { at: when, request_id: requestId, duration_ms: durationMs, previous_hash: before, ...same } = one;
      const entry = { ...same, atMs: Date.parse(String(when)), requestId, durationMs };
      previous = hashOf(entry as never, Number(one['sequence']), String(before));
      return { ...one, hash: previous };
    });
  };

  it('hold as they were written, all or the latest', async () => {
    expect(await found()).toBeUndefined();
    expect(await found([may])).toBeUndefined();
    expect((await verifyAuditArchives([may])).from.sequence).toBe(3);
  });

  it('show what was changed, taken out or put elsewhere, where it is', async () => {
    const all = rows(may);
    forge(may, all.with(1, { ...all[1], actor: 'nobody' }));
    expect(await found()).toEqual(['changed', 5, may]);
    forge(may, all.toSpliced(1, 1));
    expect(await found()).toEqual(['missing', 5, may]);
    forge(may, all.slice(0, 2));
    expect(await found()).toEqual(['missing', 6, may]);
    forge(may, [all[1]!, all[0]!, all[2]!]);
    expect(await found()).toEqual(['missing', 4, may]);
  });

  it('show by the next one, and by the log, that one was made anew as a whole', async () => {
    const whole = rows(april);
    const forged = rehashed(april, 1, { actor: 'nobody' });
    forge(april, forged, { last: { sequence: 3, hash: forged[2]!['hash'] } });
    // By itself it holds.
    expect((await verifyAuditArchives([april])).broken).toBeUndefined();
    expect(await found()).toEqual(['order', 4, may]);
    expect(await found([april])).toEqual(['missing', 4, undefined]);
    expect(await found([april, may], { sequence: 2, hash: String(whole[1]!['hash']) })).toEqual(['changed', 2, april]);
    forge(april, whole, { last: { sequence: 3, hash: whole[2]!['hash'] } });
    expect(await found()).toBeUndefined();

    const later = rehashed(may, 0, { actor: 'nobody' });
    forge(may, later, { last: { sequence: 6, hash: later[2]!['hash'] } });
    expect(await found()).toEqual(['changed', 6, may]);
    const beginning = rehashed(april, 0, { previous_hash: 'f'.repeat(64) });
    forge(april, beginning, { after: { sequence: 0, hash: 'f'.repeat(64) } });
    expect(await found([april])).toEqual(['order', 1, april]);
  });

  it('show that one is missing, between them or before the log', async () => {
    await append(...Array.from({ length: 3 }, (_, place) => JUNE + 2 + place));
    await archive({ beforeMs: JUNE + 2 });
    const june = files().at(-1) ?? '';
    expect(await found([june, april])).toEqual(['missing', 4, undefined]);
    expect(await found([april, may])).toEqual(['missing', 7, undefined]);
    expect(await found([april, may, june])).toBeUndefined();
  });

  it('may overlap, as long as they say the same', async () => {
    const copy = join(folder, 'audit-2026-04.0007.jsonl.gz');
    const all = [...rows(april), ...rows(may)];
    const content = { entries: 5, last: { sequence: 5, hash: all[4]!['hash'] }, file: 'audit-2026-04.0007.jsonl.gz' };
    writeFileSync(manifestOf(copy), JSON.stringify(manifest(april)));
    forge(copy, all.slice(0, 5), content);
    expect(await found([copy, may, april])).toBeUndefined();
    const forged = rehashed(copy, 4, { actor: 'nobody' });
    forge(copy, forged, { ...content, last: { sequence: 5, hash: forged[4]!['hash'] } });
    expect(await found([copy, may, april])).toEqual(['changed', 5, may]);
  });

  it('are told from what is none', async () => {
    await expect(verifyAuditArchives([])).rejects.toThrow('There is no archive');
    await expect(verifyAuditArchives([join(folder, 'audit-x.jsonl.gz')])).rejects.toThrow('it does not exist');
    writeFileSync(may, 'text');
    await expect(found()).rejects.toThrow('bytes, and its manifest says');
    forge(april, [{ sequence: 1 }]);
    await expect(found([april])).rejects.toThrow('its line 1 is no entry of an audit log');
    writeFileSync(manifestOf(april), JSON.stringify({ ...manifest(april), kind: 'nexusai-hub archive' }));
    await expect(found([april])).rejects.toThrow('is no manifest of an archive of an audit log');
    await expect(found([may], { sequence: 1, hash: 'a'.repeat(64) })).rejects.toThrow();
  });
});
