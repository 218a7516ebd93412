import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { DatabaseBackup } from 'nexusai-hub/ports';
import { type ManualClock, manualClock } from 'nexusai-hub/testing';

import { BackupFolder } from '../../src/data/backup-folder.ts';
import { BackupSchedule } from '../../src/data/backup-schedule.ts';
import { TaskOwner } from '../../src/data/task-owner.ts';
import { verifyBackup } from '../../src/data/verify-backup.ts';
import { oldLedger } from './old-ledger.ts';
import { recordingLogger } from './recording-logger.ts';

const HOUR_MS = 3_600_000;

/** A database that is one text. */
interface TextDatabase extends DatabaseBackup {
  text: string;
  /** Called in the middle of a copy. */
  onCreate: (signal: AbortSignal | undefined) => void | Promise<void>;
  bytes: number;
}

function textDatabase(): TextDatabase {
  return {
    ...{ kind: 'text', extension: 'txt', text: 'one', bytes: 3 },
    onCreate: () => undefined,
    async size() {
      return this.bytes;
    },
    async create(file, { signal, onProgress }) {
      onProgress?.(0.5);
      writeFileSync(file, this.text, { mode: 0o666 });
      await this.onCreate(signal);
      onProgress?.(1);
    },
    async check(file) {
      if (readFileSync(file, 'utf8').includes('wrong')) throw new Error('A page is damaged.');
      return { schemaVersion: 3 };
    },
    async restore() {
      throw new Error('Nobody asks this here.');
    },
  };
}

let folder: string;
let clock: ManualClock;
let database: TextDatabase;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'nexusai-hub-backups-')), 'backups');
  clock = manualClock(Date.UTC(2026, 4, 31, 12));
  database = textDatabase();
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

const FIRST = 'nexus-2026-05-31T12-00-00-000Z.txt';

describe('a folder of backups', () => {
  const open = (): BackupFolder => new BackupFolder(database, folder, () => clock.now());

  it('P6: makes them whole, checked, summed up, and for their owner alone', async () => {
    const steps: [string, number][] = [];
    const made = await open().create({ onProgress: (step, share) => steps.push([step, share]) });
    expect(made).toEqual({
      ...{ name: FIRST, database: 'text', schemaVersion: 3, bytes: 3, problem: null },
      // printf one | sha256sum
      sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
      ...{ createdAtMs: clock.now(), verifiedAtMs: clock.now() },
    });
    expect(steps).toEqual([
      ['copy', 0.5],
      ['copy', 1],
    ]);
    expect(await open().list()).toEqual([made]);
    expect(readdirSync(folder).sort()).toEqual([FIRST, `${FIRST}.manifest.json`]);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await verifyBackup(database, join(folder, FIRST))).toMatchObject({ schemaVersion: 3 });
  });

  it('leaves nothing behind of one that fails or does not read well', async () => {
    database.onCreate = () => {
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    };
    await expect(open().create()).rejects.toMatchObject({ code: 'storage_failed', message: /no room is left/ });
    database.onCreate = () => undefined;
    database.text = 'wrong';
    await expect(open().create()).rejects.toThrow(`"${folder}" could not be made: A page is damaged.`);
    expect(readdirSync(folder)).toEqual([]);
    expect(await open().list()).toEqual([]);
  });

  it('does not begin where there is no room for it', async () => {
    database.bytes = 1e15;
    await expect(open().create()).rejects.toThrow(/no room is left on its disk: a copy takes about 1000000000.0 MB, and/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what is in the way of its folder', async () => {
    writeFileSync(folder, 'a file');
    await expect(open().create()).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(open().list()).rejects.toThrow('a file is where its folder should be');
  });

  it('finds what is wrong with one, remembers it, and finds that it is right again', async () => {
    await open().create();
    writeFileSync(join(folder, FIRST), 'two');
    await clock.advance(5);
    const found = await open().verify(FIRST);
    expect(found.problem).toContain('its SHA-256 is not the one of its manifest');
    expect(found.verifiedAtMs).toBe(clock.now() - 5);
    expect(await open().list()).toEqual([found]);
    await expect(verifyBackup(database, join(folder, FIRST))).rejects.toMatchObject({ code: 'file_damaged' });
    writeFileSync(join(folder, FIRST), 'one');
    expect(await open().verify(FIRST)).toMatchObject({ problem: null, verifiedAtMs: clock.now() });
    writeFileSync(join(folder, FIRST), 'on');
    expect((await open().verify(FIRST)).problem).toContain('it has 2 bytes, and its manifest says 3');
  });

  it('holds a backup against the kind of its database, and lets that read it', async () => {
    await open().create();
    const file = join(folder, FIRST);
    await expect(verifyBackup({ ...database, kind: 'other' }, file)).rejects.toThrow('is a backup of text');
    const wrong = { ...database, check: () => Promise.reject(new Error('A page is damaged.')) };
    await expect(verifyBackup(wrong, file)).rejects.toThrow('cannot be used: A page is damaged. Nothing was changed.');
    const manifest = JSON.parse(readFileSync(`${file}.manifest.json`, 'utf8')) as object;
    for (const [changes, message] of [
      [{ format: 2 }, 'made by a newer version'],
      [{ file: 'other.txt' }, 'belongs to other.txt'],
      [{ bytes: -1 }, 'is no manifest of a backup'],
    ] as const) {
      writeFileSync(`${file}.manifest.json`, JSON.stringify({ ...manifest, ...changes }));
      await expect(verifyBackup(database, file)).rejects.toThrow(message);
    }
  });

  it.each([
    ...['../secret.txt', '..%2fsecret.txt', '/etc/passwd', `x/../${FIRST}`, `./${FIRST}`, `../backups/${FIRST}`],
    ...['', '.', '..', `${FIRST}\u0000`, `${FIRST}.manifest.json`, FIRST.replace('12', '13'), `${FIRST}\n`],
  ])('a name never leaves it: %j', async (name) => {
    await open().create();
    writeFileSync(join(folder, '..', 'secret.txt'), 'secret');
    await expect(open().verify(name)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps the newest that are right, and other files', async () => {
    const names: string[] = [];
    for (let number = 0; number < 5; number++) {
      names.push((await open().create()).name);
      await clock.advance(1000);
    }
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    writeFileSync(join(folder, names[3]!), 'two');
    await open().verify(names[3]!);
    await open().prune(2);
    // The one that is wrong does not count.
    expect((await open().list()).map(({ name }) => name)).toEqual([names[4], names[3], names[2]]);
    expect(readdirSync(folder)).toHaveLength(7);
    await open().prune(9);
    expect(await open().list()).toHaveLength(3);
  });

  it('clears away copies that were broken off long ago, and none that is being made', async () => {
    mkdirSync(folder);
    const [old, young] = ['nexus-2026-05-31T10-00-00-000Z.txt.tmp', 'nexus-2026-05-31T11-00-00-000Z.txt.tmp'];
    for (const name of [old, young, 'mine.tmp']) writeFileSync(join(folder, name), 'x');
    const long = new Date(Date.now() - 2 * HOUR_MS);
    for (const name of [old, 'mine.tmp']) utimesSync(join(folder, name), long, long);
    await open().create();
    expect(readdirSync(folder).sort()).toEqual(['mine.tmp', young, FIRST, `${FIRST}.manifest.json`].sort());
  });
});

describe('backups by themselves', () => {
  const { logger, lines } = recordingLogger();
  const ledger = oldLedger([]);
  let schedule: BackupSchedule | undefined;

  beforeEach(() => {
    lines.length = 0;
    ledger.mayClaim = true;
  });
  afterEach(async () => {
    await schedule?.close();
    expect(clock.pending).toBe(0);
  });

  function start(everyMs: number | 'off' = HOUR_MS): BackupSchedule {
    const owner = new TaskOwner(ledger, clock);
    return (schedule = new BackupSchedule({ database, folder, everyMs, keep: 2 }, owner, { clock, logger }));
  }
  /** Lets time pass until what the file system does in it is done, and the next time is scheduled. */
  const pass = async (ms: number): Promise<string[]> => {
    await clock.advance(ms);
    await expect.poll(() => clock.pending).toBe(1);
    return (await schedule!.list()).map(({ name }) => name.slice(17, 22));
  };

  it('P6: makes one an hour, and keeps as many as it is told', async () => {
    start();
    expect(await pass(9_999)).toEqual([]);
    expect(await pass(1)).toEqual(['12-00']);
    expect(await pass(HOUR_MS)).toEqual(['13-00', '12-00']);
    expect(await pass(HOUR_MS)).toEqual(['14-00', '13-00']);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toEqual(['info', 'a backup was made and checked', expect.objectContaining({ bytes: 3, folder })]);
  });

  it('after a restart the next one comes when it is due', async () => {
    start();
    await pass(10_000);
    await schedule!.close();
    await clock.advance(HOUR_MS / 2);
    start();
    expect(await pass(10_000)).toEqual(['12-00']);
    expect(await pass(HOUR_MS / 2 - 10_001)).toEqual(['12-00']);
    expect(await pass(1)).toEqual(['13-00', '12-00']);
  });

  it('leaves it to another hub that has taken it on, and takes over when that is gone', async () => {
    ledger.mayClaim = false;
    start();
    expect(await pass(10_000)).toEqual([]);
    ledger.mayClaim = true;
    expect(await pass(300_000)).toEqual(['12-05']);
  });

  it('skips one for which there is no room, says so, and removes no old one for it', async () => {
    start();
    await pass(10_000);
    database.bytes = 1e15;
    expect(await pass(HOUR_MS)).toEqual(['12-00']);
    expect(lines.at(-1)).toEqual(['warn', 'a backup was skipped: there is no room for it', expect.anything()]);
    database.bytes = 3;
    database.text = 'wrong';
    expect(await pass(300_000)).toEqual(['12-00']);
    expect(lines.at(-1)![1]).toBe('a backup could not be made; it is tried again');
    database.text = 'two';
    expect(await pass(300_000)).toEqual(['13-10', '12-00']);
  });

  it('makes one at a time', async () => {
    let letGo = (): void => undefined;
    const isMaking = new Promise<void>((begins) => {
      database.onCreate = () =>
        new Promise((resolve) => {
          letGo = resolve;
          begins();
        });
    });
    const making = start().create();
    await expect(schedule!.create()).rejects.toMatchObject({ code: 'conflict', status: 409 });
    // The one that is due meanwhile waits.
    expect(await pass(10_000)).toEqual([]);
    await isMaking;
    letGo();
    expect((await making).name).toBe(FIRST);
    database.onCreate = () => undefined;
    expect((await schedule!.create()).name).not.toBe(FIRST);
  });

  it('makes none by itself when it is off', async () => {
    start('off');
    expect(clock.pending).toBe(0);
    await schedule!.create();
    expect(await schedule!.list()).toHaveLength(1);
  });

  it('breaks off what is under way when it is closed, and leaves nothing of it', async () => {
    let isMade = (): void => undefined;
    const made = new Promise<void>((resolve) => (isMade = resolve));
    database.onCreate = (signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
        isMade();
      });
    start();
    await clock.advance(10_000);
    await made;
    await schedule!.close();
    expect(readdirSync(folder)).toEqual([]);
    expect(lines).toEqual([]);
  });
});
