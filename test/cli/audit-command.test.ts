import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import { manualClock } from 'nexusai-hub/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDriver } from '../../adapters/storage/sqlite/find-driver.ts';
import { runCommand } from '../../cli/run-command.ts';
import { archiveAudit } from '../../src/data/archive-audit.ts';
import { auditEntry } from '../storage/audit-entry.ts';
import { letGo } from '../storage/let-go.ts';

let folder: string;
let printed: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-audit-'));
  printed = [];
  mkdirSync(join(folder, 'data'));
  const database = sqliteDatabase({ file: join(folder, 'data', 'ledger.db'), thread: false });
  await database.open();
  await database.audit.append(Object.entries(TIMES).map(([id, atMs]) => auditEntry(id, { atMs })));
  await database.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(...words: string[]): Promise<void> {
  const print = (line: string): void => void printed.push(line);
  try {
    await runCommand(words, { variables: { NEXUS_DATA_DIR: join(folder, 'data') }, print, tell: () => undefined });
  } finally {
    await letGo();
  }
}

async function spoil(...statements: string[]): Promise<void> {
  const connection = (await findDriver()).open(join(folder, 'data', 'ledger.db'));
  for (const sql of statements) connection.prepare(sql).run([]);
  connection.close();
}

const FEBRUARY = Date.UTC(2026, 1, 1);
/** Of two months that are over, and one that is not. */
const TIMES = { a: Date.UTC(2025, 11, 31), b: FEBRUARY - 1, c: FEBRUARY, d: FEBRUARY + 1 };

/** Takes what is old out of the log: a file each. */
async function archived(): Promise<string[]> {
  const database = sqliteDatabase({ file: join(folder, 'data', 'ledger.db'), thread: false });
  await database.open();
  const archive = join(folder, 'archive');
  await archiveAudit({
    log: database.audit,
    folder: archive,
    beforeMs: FEBRUARY,
    clock: manualClock(FEBRUARY),
    signal: new AbortController().signal,
    goesOn: async () => undefined,
    noted: (_archive, remove) => remove(),
  });
  await database.close();
  const files = readdirSync(archive).filter((name) => name.endsWith('.gz'));
  return files.map((name) => join(archive, name));
}

describe('nexusai-hub audit verify', () => {
  it('prints the last link of a chain that holds, which can be expected later', async () => {
    await run('audit', 'verify');
    const [, link = ''] = /^Every link holds: 4 entries, up to (4:[0-9a-f]{64})$/.exec(printed[0] ?? '') ?? [];
    await run('audit', 'verify', '--data-dir', join(folder, 'data'), '--from', '2', '--to', '3', '--expect', link);
    expect(printed[1]).toMatch(/^Every link holds: 2 entries, up to 3:/);
    await expect(run('audit', 'verify', '--expect', `4:${'0'.repeat(64)}`)).rejects.toThrow(/broken at 4 \(changed\)/);
  });

  it.each([
    [['--from', '99999'], '"from" is not there: the log ends at 4.'],
    [['--to', '5'], '"to" is not there: the log ends at 4.'],
    [['--from', '3', '--to', '2'], 'the range ends before it begins'],
  ])('says nothing of entries that are not there: %j', async (words, message) => {
    await expect(run('audit', 'verify', ...words)).rejects.toThrow(message);
    expect(printed).toEqual([]);
  });

  it('names the first link that does not hold', async () => {
    await spoil('drop trigger audit_entries_unchanged', `update audit_entries set actor = 'nobody' where sequence = 3`);
    await expect(run('audit', 'verify')).rejects.toThrow(
      'The audit log is broken at 3 (changed): The entry 3 was changed',
    );
    expect(printed).toEqual([]);
  });

  it('looks at archives and the log that goes on from them, or at archives alone', async () => {
    const files = await archived();
    await run('audit', 'verify', ...files.toReversed());
    const [first = '', second] = printed.splice(0);
    const [, link = ''] = /^Every link holds: 2 archived entries behind 0, up to (2:[0-9a-f]{64})$/.exec(first) ?? [];
    expect(second).toMatch(/^Every link holds: 2 entries, up to 4:/);
    await run('audit', 'verify', '--alone', '--expect', link, ...files);
    await run('audit', 'verify', '--expect', link, ...files);
    expect(printed.splice(0)).toEqual([first, first, second]);
    await expect(run('audit', 'verify', '--expect', `1:${'0'.repeat(64)}`, ...files)).rejects.toThrow(
      /audit-2025-12\.0001\.jsonl\.gz is broken at 1 \(changed\)/,
    );
    await expect(run('audit', 'verify', files[0] ?? '')).rejects.toThrow(
      'The audit log, between its archives and what is in the database, is broken at 2 (missing)',
    );
    await expect(run('verify', files[0] ?? '')).rejects.toThrow(/use "nexusai-hub audit verify/);
    await spoil('drop trigger audit_entries_unchanged', `update audit_entries set actor = 'nobody' where sequence = 3`);
    await expect(run('audit', 'verify', ...files)).rejects.toThrow('The audit log is broken at 3 (changed)');
  });

  it.each<[what: string, words: string[], message: RegExp]>([
    ['no archive', ['verify', '--alone'], /--alone: which archives/],
    ['a part of archives', ['verify', 'a.jsonl.gz', '--from', '1'], /go without archives/],
    ['an archive that is not there', ['verify', '--alone', 'audit-x.jsonl.gz'], /it does not exist/],
    ['no word', [], /What is to be done/],
    ['another word', ['mend'], /What is to be done/],
    ['no number', ['verify', '--from', 'x'], /--from: expected the sequence number/],
    ['no link', ['verify', '--expect', '4'], /--expect: expected a sequence number and its hash/],
    ['no database', ['verify', '--data-dir', '/nowhere'], /there is no such database/],
  ])('says what is wrong with %s', async (_what, words, message) => {
    await expect(run('audit', ...words)).rejects.toThrow(message);
  });
});

describe('nexusai-hub export audit', () => {
  it('writes every entry with its hash', async () => {
    const file = join(folder, 'audit.jsonl');
    await run('export', 'audit', '--format', 'jsonl', '--out', file);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { sequence: number; previous_hash: string; hash: string });
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(entries[3]?.previous_hash).toBe(entries[2]?.hash);
    await expect(run('export', 'audit', '--out', join(folder, 'b'), '--caller', 'app')).rejects.toThrow(/--caller/);
  });
});
