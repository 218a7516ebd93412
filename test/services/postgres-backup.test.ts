import {
  chmodSync,
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
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BackupFolder, verifyBackup } from 'nexusai-hub';
import { postgresBackup, postgresLedger } from 'nexusai-hub/adapters/postgres';
import type { Ledger } from 'nexusai-hub/ports';

import { NEWEST_SCHEMA } from '../../adapters/storage/sql/migrate.ts';
import { runCommand } from '../../cli/run-command.ts';
import { all, entry, said } from '../storage/entries.ts';
import { createDatabase, hasPostgres, type TestDatabase } from './postgres-server.ts';

const PASSWORD = 'canary p@ss/word';

let folder: string;
const databases: TestDatabase[] = [];
const ledgers: Required<Ledger>[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-dumps-'));
});
afterEach(async () => {
  for (const ledger of ledgers.splice(0)) await ledger.close();
  for (const database of databases.splice(0)) await database.drop();
  rmSync(folder, { recursive: true });
});

async function database(): Promise<TestDatabase> {
  const made = await createDatabase();
  databases.push(made);
  return made;
}

function open({ url }: TestDatabase): Required<Ledger> {
  const ledger = postgresLedger({ url });
  ledgers.push(ledger);
  return ledger;
}

const entries = (from: number, count: number): ReturnType<typeof entry>[] =>
  Array.from({ length: count }, (_, place) => ({
    ...entry({ conversationId: `c${from + place}` }, [said(0, '你好\t\\N "x"\n'.repeat(50))]),
    id: `e${String(from + place).padStart(6, '0')}`,
  }));

/** All rows of a table, summed up. */
async function sumOf(place: TestDatabase, table: string): Promise<unknown> {
  return place.query(`select count(*), md5(string_agg(t::text, '|' order by t::text)) from ${table} t`);
}

const TABLES = ['chat_stats', 'chat_messages', 'conversations', 'usage_rollups', 'nexus_schema'];

/** Programs of our own in place of PostgreSQL's. */
function programs(scripts: Record<string, string>): string {
  const place = join(folder, 'programs');
  mkdirSync(place);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(place, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(place, name), 0o755);
  }
  return place;
}

describe.skipIf(!hasPostgres)('backups of PostgreSQL', { timeout: 60_000 }, () => {
  it('P6: are made under load, are of one moment, and are the same when they are restored', async () => {
    const source = await database();
    const ledger = open(source);
    await ledger.append(entries(0, 300));
    let isOver = false;
    let written = 300;
    const writing = (async () => {
      for (; !isOver; written += 20) await ledger.append(entries(written, 20));
    })();
    const before = written;
    const backup = postgresBackup({ url: source.url });
    const { name, schemaVersion } = await new BackupFolder(backup, folder).create();
    const after = written + 20;
    isOver = true;
    await writing;
    expect(written).toBeGreaterThan(before);
    expect(schemaVersion).toBe(NEWEST_SCHEMA);
    const copy = join(folder, name);
    await verifyBackup(backup, copy);

    const target = await database();
    expect(await postgresBackup({ url: target.url }).restore(copy, {})).toEqual({});
    const restored = open(target);
    const { requests } = await restored.summary({});
    expect(requests).toBeGreaterThanOrEqual(before);
    expect(requests).toBeLessThanOrEqual(after);
    expect(await all(restored.messages({}))).toHaveLength(requests);
    await restored.close();
    // Once more, from what was restored: table by table the same.
    const again = await new BackupFolder(postgresBackup({ url: target.url }), folder).create();
    const third = await database();
    await postgresBackup({ url: third.url }).restore(join(folder, again.name), {});
    for (const table of TABLES) expect([table, await sumOf(third, table)]).toEqual([table, await sumOf(target, table)]);
    await open(third).append(entries(900_000, 1));
  });

  it('P6: are not restored while a server uses the database, nor over records unless forced; those are kept', async () => {
    const source = await database();
    await source.query('create table mine (id integer); insert into mine values (7)');
    const ledger = open(source);
    await ledger.append(entries(0, 3));
    const backup = postgresBackup({ url: source.url });
    const copy = join(folder, (await new BackupFolder(backup, folder).create()).name);
    await ledger.append(entries(3, 2));
    await expect(backup.restore(copy, { force: true })).rejects.toThrow('is in use. Stop the servers');
    await ledger.close();
    await expect(backup.restore(copy, {})).rejects.toThrow('has records up to 2026-03-10T12:00:00.000Z');
    const { keptAside = '' } = await backup.restore(copy, { force: true });
    const first = open(source);
    expect((await first.summary({})).requests).toBe(3);
    await first.close();
    await backup.restore(keptAside, { force: true });
    expect((await open(source).summary({})).requests).toBe(5);
    // Other tables are none of our business.
    expect(await source.query('select id from mine')).toEqual([{ id: 7 }]);
  });

  it('are refused where they are damaged, cut, or of a newer version, and nothing is changed', async () => {
    const source = await database();
    const ledger = open(source);
    await ledger.append(entries(0, 50));
    const backup = postgresBackup({ url: source.url });
    const copy = join(folder, (await new BackupFolder(backup, folder).create()).name);
    await ledger.close();
    const cut = join(folder, 'cut.dump');
    writeFileSync(cut, readFileSync(copy).subarray(0, -2_000));
    await expect(backup.check(cut, {})).rejects.toMatchObject({ name: 'LedgerError', code: 'corrupt' });
    await expect(backup.restore(cut, { force: true })).rejects.toMatchObject({ code: 'corrupt' });
    truncateSync(cut, 10);
    await expect(backup.check(cut, {})).rejects.toThrow('cannot be read: pg_restore failed');
    await source.query(`insert into nexus_schema values (99, 'later', 0)`);
    await expect(new BackupFolder(backup, folder).create()).rejects.toThrow('newer version of nexusai-hub (schema 99');
    await expect(backup.restore(copy, { force: true })).rejects.toThrow('newer version');
    expect(await source.query('select count(*)::int as count from chat_stats')).toEqual([{ count: 50 }]);
  });

  it('have no password on a command line', async () => {
    // A server that asks for none lets anybody in, whatever they show.
    const url = new URL((await database()).url);
    url.password = encodeURIComponent(PASSWORD);
    const log = join(folder, 'log');
    const script = `[ "$1" = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit
      echo "line $*" >> ${log}; echo "password $PGPASSWORD" >> ${log}; echo 'no such luck' >&2; exit 3`;
    const backup = postgresBackup({ url: url.href, programs: programs({ pg_dump: script }) });
    const failed = await new BackupFolder(backup, join(folder, 'out')).create().catch((cause: unknown) => cause);
    expect((failed as Error).message).toMatch(/could not be made: pg_dump failed \(3\): no such luck\.$/);
    const [line = '', password = ''] = readFileSync(log, 'utf8').split('\n');
    expect(password).toBe(`password ${PASSWORD}`);
    for (const text of [line, String((failed as Error).stack)]) expect(text).not.toContain('canary');
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });

  it('say which program is missing or too old', async () => {
    const { url } = await database();
    const missing = postgresBackup({ url, programs: join(folder, 'none') });
    await expect(new BackupFolder(missing, folder).create()).rejects.toThrow('pg_dump was not found. Install');
    const old = postgresBackup({ url, programs: programs({ pg_dump: `echo 'pg_dump (PostgreSQL) 9.6.1'` }) });
    const message = /pg_dump 9 is too old for the server, which is \d+/;
    await expect(new BackupFolder(old, folder).create()).rejects.toThrow(message);
  });

  it('are broken off when it is told to', async () => {
    const { url } = await database();
    const begun = join(folder, 'begun');
    const script = `[ "$1" = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit\ntouch ${begun}\nexec sleep 60`;
    const backup = postgresBackup({ url, programs: programs({ pg_dump: script }) });
    const end = new AbortController();
    const making = new BackupFolder(backup, join(folder, 'out')).create({ signal: end.signal });
    const failed = expect(making).rejects.toThrow('aborted');
    await expect.poll(() => existsSync(begun)).toBe(true);
    end.abort();
    await failed;
  });

  it('P6: the commands do the drill by DATABASE_URL', async () => {
    const source = await database();
    const ledger = open(source);
    await ledger.append(entries(0, 4));
    await ledger.close();
    const printed: string[] = [];
    const run = (words: readonly string[], url: string): Promise<boolean> =>
      runCommand(words, {
        variables: { DATABASE_URL: url, NEXUS_DATA_DIR: folder },
        print: (line) => printed.push(line),
        tell: () => undefined,
      });
    await run(['backup'], source.url);
    const [copy = ''] = printed;
    await run(['verify', copy], source.url);
    const target = await database();
    await run(['restore', copy], target.url);
    expect(printed[1]).toContain('is right: a backup of postgresql');
    expect(printed[2]).toBe(`the database of DATABASE_URL is restored from ${copy}.`);
    expect((await open(target).summary({})).requests).toBe(4);
    await expect(run(['backup'], 'mysql://x')).rejects.toThrow('DATABASE_URL: postgresBackup: url must be');
  });
});
