import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type SqliteDriver, sqliteLedger, type SqliteDatabaseOptions } from 'nexusai-hub/adapters/sqlite';
import type { Ledger } from 'nexusai-hub/ports';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { findDriver } from '../../adapters/storage/sqlite/find-driver.ts';
import { entry } from './entries.ts';

let folder: string;
let driver: SqliteDriver;
const open: Required<Ledger>[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-file-'));
  driver = await findDriver();
});
afterEach(async () => {
  for (const ledger of open.splice(0)) await ledger.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ledgerAt(name: string, options: Partial<SqliteDatabaseOptions> = {}): Required<Ledger> {
  const ledger = sqliteLedger({ file: join(folder, name), thread: false, ...options });
  open.push(ledger);
  return ledger;
}

/** Runs SQL on a file, as another program would. */
function run(name: string, sql: string): void {
  const connection = driver.open(join(folder, name));
  connection.exec(sql);
  connection.close();
}

/** All that is kept: what is in the file, and what is in its log. */
function bytesOf(name: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(name) && !file.endsWith('-shm'))
    .map((file) => readFileSync(join(folder, file)).toString('base64'));
}

describe('the file of a ledger', () => {
  it('is made with its folder, for its owner alone', async () => {
    await ledgerAt('new/deep/one.sqlite').append([entry()]);
    expect(statSync(join(folder, 'new/deep')).mode & 0o777).toBe(0o700);
    for (const end of ['', '-wal'])
      expect(statSync(join(folder, `new/deep/one.sqlite${end}`)).mode & 0o777).toBe(0o600);
  });

  it('is left as it is where a newer version made its tables', async () => {
    await ledgerAt('newer.sqlite').open();
    await open.splice(0)[0]?.close();
    run('newer.sqlite', "insert into nexus_schema values (999, 'later', 0)");
    const before = bytesOf('newer.sqlite');
    const ledger = ledgerAt('newer.sqlite');
    await expect(ledger.open()).rejects.toMatchObject({ name: 'LedgerError', code: 'schema_newer' });
    await expect(ledger.append([entry()])).rejects.toThrow(/newer version of nexusai-hub \(schema 999/);
    expect(bytesOf('newer.sqlite')).toEqual(before);
  });

  it('is left as it is where its migration fails, and used once it can be', async () => {
    run('taken.sqlite', 'create table chat_messages (mine text)');
    const ledger = ledgerAt('taken.sqlite');
    await expect(ledger.open()).rejects.toThrow('already exists');
    run('taken.sqlite', 'drop table chat_messages');
    await ledger.append([entry()]);
    expect(await ledger.summary({})).toMatchObject({ requests: 1 });
  });

  it('P3: may be made by several at once', async () => {
    const many = Array.from({ length: 4 }, () => ledgerAt('many.sqlite', { thread: true }));
    await Promise.all(many.map((ledger) => ledger.append([entry()])));
    expect(await many[0]?.summary({})).toMatchObject({ requests: 4 });
  }, 60_000);

  it('says that it is damaged, or no database', async () => {
    writeFileSync(join(folder, 'text.sqlite'), 'This is no database. '.repeat(100));
    await expect(ledgerAt('text.sqlite').open()).rejects.toMatchObject({ code: 'corrupt' });
    await ledgerAt('damaged.sqlite').append(Array.from({ length: 50 }, () => entry()));
    await open.splice(0)[1]?.close();
    const bytes = readFileSync(join(folder, 'damaged.sqlite'));
    bytes.fill(0xff, 4096, bytes.length);
    writeFileSync(join(folder, 'damaged.sqlite'), bytes);
    await expect(ledgerAt('damaged.sqlite').open()).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('says what is in its way', async () => {
    mkdirSync(join(folder, 'folder.sqlite'));
    await expect(ledgerAt('folder.sqlite').open()).rejects.toMatchObject({ code: 'unavailable' });
    writeFileSync(join(folder, 'file'), '');
    await expect(ledgerAt('file/in/the.sqlite').open()).rejects.toThrow('a file is in its way');
  });

  it.skipIf(process.getuid?.() === 0)('says that it has no right to be there', async () => {
    mkdirSync(join(folder, 'locked'));
    chmodSync(join(folder, 'locked'), 0o500);
    await expect(ledgerAt('locked/one.sqlite').open()).rejects.toMatchObject({ code: 'read_only' });
  });

  it('writes nothing of a batch there is no room for, and all of it when there is', async () => {
    const small: SqliteDriver = {
      name: 'small',
      open(file) {
        const connection = driver.open(file);
        connection.exec('pragma max_page_count = 100');
        return connection;
      },
    };
    const ledger = ledgerAt('full.sqlite', { driver: small, thread: false });
    const batch = Array.from({ length: 2000 }, () => entry());
    await ledger.append([entry()]);
    await expect(ledger.append(batch)).rejects.toMatchObject({ name: 'LedgerError', code: 'full' });
    expect(await ledger.summary({})).toMatchObject({ requests: 1, conversations: 1 });
    await ledger.append([entry()]);
    const roomy = ledgerAt('full.sqlite');
    await roomy.append(batch);
    expect(await roomy.summary({})).toMatchObject({ requests: 2002 });
  });

  it('says that another holds it for too long, and is written to afterwards', async () => {
    const ledger = ledgerAt('held.sqlite', { busyTimeoutMs: 1 });
    await ledger.open();
    const holder = driver.open(join(folder, 'held.sqlite'));
    holder.exec('begin immediate');
    const one = entry();
    await expect(ledger.append([one])).rejects.toMatchObject({ name: 'LedgerError', code: 'locked' });
    holder.exec('rollback');
    holder.close();
    await ledger.append([one]);
    expect(await ledger.summary({})).toMatchObject({ requests: 1 });
  });
});

describe('options', () => {
  it.each([
    [{ file: '' }, 'file must be a path'],
    [{ file: 'a', synchronous: 'off' }, 'synchronous must be one of "normal", "full"'],
    [{ file: 'a', busyTimeoutMs: 0 }, 'busyTimeoutMs must be a whole number of at least 1'],
    [{ file: 'a', thread: 'yes' }, 'thread must be one of true, false'],
    [{ file: 'a', driver: {} }, 'driver must have a function "open"'],
    [{ file: 'a', driver: { open: () => undefined }, thread: true }, 'leave thread out'],
  ])('%j: %s', (options, message) => {
    expect(() => sqliteLedger(options as unknown as SqliteDatabaseOptions)).toThrow(message);
  });
});
