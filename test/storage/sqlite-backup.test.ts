import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BackupFolder, verifyBackup } from 'nexusai-hub';
import { sqliteBackup, sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { Ledger, RestoreReport } from 'nexusai-hub/ports';

import { checksumOf } from '../../src/data/checksum.ts';
import { NEWEST_SCHEMA } from '../../adapters/storage/sql/migrate.ts';
import { findDriver } from '../../adapters/storage/sqlite/find-driver.ts';
import { all, entry, said } from './entries.ts';
import { letGo } from './let-go.ts';

const driver = await findDriver();

let root: string;
let file: string;
let folder: string;
const ledgers: Required<Ledger>[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nexusai-hub-sqlite-backup-'));
  file = join(root, 'ledger.db');
  folder = join(root, 'backups');
});
afterEach(async () => {
  for (const ledger of ledgers.splice(0)) await ledger.close();
  rmSync(root, { recursive: true });
});

function open(path = file): Required<Ledger> {
  const ledger = sqliteLedger({ file: path, thread: false });
  ledgers.push(ledger);
  return ledger;
}

function entries(from: number, count: number): ReturnType<typeof entry>[] {
  return Array.from({ length: count }, (_, place) => ({
    ...entry({ conversationId: `c${from + place}` }, [said(0, '你好 '.repeat(200))]),
    id: `e${from + place}`,
  }));
}

const database = (): ReturnType<typeof sqliteBackup> => sqliteBackup({ file, thread: false });
const backups = (): BackupFolder => new BackupFolder(database(), folder);

describe('a backup of SQLite', () => {
  it('P6: is made under load, is of one moment, and is the same when it is restored', async () => {
    const ledger = open();
    await ledger.append(entries(0, 2_000));
    let isOver = false;
    let written = 2_000;
    const writing = (async () => {
      for (; !isOver; written += 50) {
        await ledger.append(entries(written, 50));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const shares: number[] = [];
    const before = written;
    const onProgress = (step: string, share: number): void => {
      if (step === 'copy') shares.push(share);
    };
    const made = await backups().create({ onProgress });
    const after = written + 50;
    isOver = true;
    await writing;
    expect(written).toBeGreaterThan(before + 100);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
    expect(made).toMatchObject({ database: 'sqlite', schemaVersion: NEWEST_SCHEMA, problem: null });
    expect(readdirSync(folder).sort()).toEqual([made.name, `${made.name}.manifest.json`]);

    const other = join(root, 'other', 'ledger.db');
    const copy = join(folder, made.name);
    await verifyBackup(database(), copy);
    expect(await sqliteBackup({ file: other, thread: false }).restore(copy, {})).toEqual({});
    expect((await checksumOf(other)).sha256).toBe(made.sha256);
    const restored = open(other);
    const { requests } = await restored.summary({});
    expect(requests).toBeGreaterThanOrEqual(before);
    expect(requests).toBeLessThanOrEqual(after);
    // Of one moment: no line without its message, no sum without its line, and no hole.
    expect((await all(restored.attempts({}))).map(({ entryId }) => entryId)).toEqual(
      Array.from({ length: requests }, (_, number) => `e${number}`),
    );
    expect(await all(restored.messages({}))).toHaveLength(requests);
    await restored.append(entries(9_999_999, 1));
  });

  it('takes along what is only in the log yet', async () => {
    await open().append(entries(0, 3));
    expect(readFileSync(`${file}-wal`).length).toBeGreaterThan(0);
    const made = await backups().create();
    await sqliteBackup({ file: join(root, 'b.db'), thread: false }).restore(join(folder, made.name), {});
    expect((await open(join(root, 'b.db')).summary({})).requests).toBe(3);
  });

  it('is broken off when it is told to, and leaves nothing', async () => {
    await open().append(entries(0, 2_000));
    const end = new AbortController();
    const making = backups().create({ signal: end.signal, onProgress: () => end.abort() });
    await expect(making).rejects.toThrow('aborted');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a database that is not there, or is none, says so', async () => {
    await expect(backups().create()).rejects.toThrow(`There is no database "${file}" yet`);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'no database at all, but long enough to be taken for one'.repeat(100));
    await expect(backups().create()).rejects.toThrow('the file is no SQLite database');
    expect(() => sqliteBackup({ file: ':memory:' })).toThrow('sqliteBackup: file must be the path of a database');
  });

  it('that is damaged inside is found, though its checksum is right', async () => {
    await open().append(entries(0, 200));
    const made = await backups().create();
    const copy = join(folder, made.name);
    const bytes = readFileSync(copy);
    bytes.fill(0xff, bytes.length - 8_192);
    writeFileSync(copy, bytes);
    const manifest = JSON.parse(readFileSync(`${copy}.manifest.json`, 'utf8')) as object;
    writeFileSync(`${copy}.manifest.json`, JSON.stringify({ ...manifest, ...(await checksumOf(copy)) }));
    await expect(verifyBackup(database(), copy)).rejects.toThrow(/cannot be used: The database .* is damaged/);
    expect((await backups().verify(made.name)).problem).toContain('is damaged');
  });

  it('is read in a thread of its own unless told otherwise', { timeout: 60_000 }, async () => {
    await open().append(entries(0, 50));
    const threaded = sqliteBackup({ file });
    const { name } = await new BackupFolder(threaded, folder).create();
    const copy = join(folder, name);
    expect(await threaded.check(copy, {})).toEqual({ schemaVersion: NEWEST_SCHEMA });
    truncateSync(copy, 20_000);
    await expect(threaded.check(copy, {})).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
    const end = new AbortController();
    const reading = threaded.check(copy, { signal: end.signal });
    end.abort();
    await expect(reading).rejects.toThrow('aborted');
  });

  it('of a newer version is refused', async () => {
    await open().append(entries(0, 1));
    const connection = driver.open(file);
    connection.exec(`insert into nexus_schema (version, name, applied_at_ms) values (99, 'later', 0)`);
    connection.close();
    await expect(backups().create()).rejects.toThrow('tables of a newer version of nexusai-hub (schema 99');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a restore of SQLite', () => {
  let copy: string;

  beforeEach(async () => {
    const ledger = open();
    await ledger.append(entries(0, 3));
    copy = join(folder, (await backups().create()).name);
    await ledger.append(entries(3, 2));
  });

  /** Files beside the database, without the times in their names. */
  const files = (): string[] =>
    readdirSync(root)
      .filter((name) => name.startsWith(basename(file)))
      .map((name) => name.replace(/-\d{4}-.*Z/, ''))
      .sort();
  const requests = async (path = file): Promise<number> => {
    const ledger = open(path);
    const { requests: count } = await ledger.summary({});
    await closed(ledger);
    return count;
  };
  const closed = async (ledger: Required<Ledger>): Promise<void> => {
    await ledger.close();
    await letGo();
  };
  /** As the command line does it, which ends then. */
  const restore = async (path: string, force = false, from = copy): Promise<RestoreReport> => {
    try {
      return await sqliteBackup({ file: path, thread: false }).restore(from, { force });
    } finally {
      await letGo();
    }
  };

  it('is refused while somebody uses the database, also when it is forced', async () => {
    const restoring = restore(file, true);
    await expect(restoring).rejects.toThrow('is in use. Stop the server that uses it first');
    expect((await ledgers[0]!.summary({})).requests).toBe(5);
    expect(files()).toEqual(['ledger.db', 'ledger.db-shm', 'ledger.db-wal']);
  });

  it('P6: is refused where there are records, and keeps them aside when it is forced', async () => {
    await closed(ledgers[0]!);
    await expect(restore(file)).rejects.toThrow('has records up to 2026-03-10T12:00:00.000Z. To replace it');
    expect(await requests()).toBe(5);
    const { keptAside = '' } = await restore(file, true);
    expect(await requests()).toBe(3);
    expect(await requests(keptAside)).toBe(5);
    expect(files()).toEqual(['ledger.db', 'ledger.db.replaced']);
  });

  it('goes into an empty database without being forced', async () => {
    const empty = join(root, 'empty.db');
    const ledger = open(empty);
    await ledger.open();
    await closed(ledger);
    expect(await restore(empty)).toHaveProperty('keptAside');
    expect(await requests(empty)).toBe(3);
  });

  it('replaces a damaged database when it is forced, and no other one that is none of ours', async () => {
    await closed(ledgers[0]!);
    writeFileSync(file, 'x'.repeat(4_096));
    writeFileSync(`${file}-wal`, 'rest of a log');
    await expect(restore(file)).rejects.toThrow('To replace it, force it (--force)');
    await restore(file, true);
    expect(await requests()).toBe(3);
    // What was left of its log is none of the new one.
    expect(files()).toEqual(['ledger.db', 'ledger.db.replaced']);
    const foreign = join(root, 'foreign.db');
    const connection = driver.open(foreign);
    connection.exec('create table users (id integer)');
    connection.close();
    await expect(restore(foreign)).rejects.toThrow('tables that are none of ours');
  });

  it('changes nothing where the copy cannot be used', async () => {
    await closed(ledgers[0]!);
    truncateSync(copy, 5_000);
    await expect(restore(file, true)).rejects.toThrow();
    await expect(restore(file, true, join(folder, 'none.db'))).rejects.toThrow('ENOENT');
    expect(await requests()).toBe(5);
    expect(files()).toEqual(['ledger.db']);
    mkdirSync(join(root, 'other'));
    await expect(restore(join(root, 'other', 'x.db'))).rejects.toThrow();
    expect(readdirSync(join(root, 'other'))).toEqual([]);
  });
});
