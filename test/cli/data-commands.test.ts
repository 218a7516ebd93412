import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import { manualClock } from 'nexusai-hub/testing';

import { Problem } from '../../cli/problem.ts';
import { runCommand } from '../../cli/run-command.ts';
import { archiveExpired } from '../../src/data/archive-expired.ts';
import { entry, NOON } from '../storage/entries.ts';
import { letGo } from '../storage/let-go.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let printed: string[];
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-commands-'));
  [printed, told] = [[], []];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function run(words: readonly string[], dataDir = join(folder, 'data')): Promise<boolean> {
  const print = (line: string): void => void printed.push(line);
  const tell = (line: string): void => void told.push(line);
  try {
    return await runCommand(words, { variables: { NEXUS_DATA_DIR: dataDir }, print, tell });
  } finally {
    await letGo();
  }
}

const file = (): string => join(folder, 'data', 'ledger.db');

async function withLedger<Result>(
  use: (ledger: ReturnType<typeof sqliteLedger>) => Promise<Result>,
  path = file(),
): Promise<Result> {
  const ledger = sqliteLedger({ file: path, thread: false });
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
    await letGo();
  }
}
const requests = (path?: string): Promise<number> => withLedger(async (one) => (await one.summary({})).requests, path);
const append = (count: number): Promise<void> =>
  withLedger((one) => one.append(Array.from({ length: count }, () => entry())));

async function backedUp(...flags: string[]): Promise<string> {
  await run(['backup', ...flags]);
  return printed.splice(0)[0]!;
}

describe('the drill', () => {
  it('P6: backup, verify, loss, restore', async () => {
    await append(3);
    const copy = await backedUp();
    expect(readdirSync(join(folder, 'data', 'backups'))).toHaveLength(2);
    expect(told).toContain('copied 100 %');
    await run(['verify', copy]);
    expect(printed.splice(0)[0]).toMatch(/is right: a backup of sqlite of \S+ with \d+ bytes\.$/);
    rmSync(file());
    await run(['restore', copy]);
    expect(printed).toEqual([`${file()} is restored from ${copy}.`]);
    expect(await requests()).toBe(3);
  });

  it('P6: what is replaced by force is kept, and nothing is replaced without', async () => {
    await append(1);
    const copy = await backedUp('--out', join(folder, 'elsewhere'));
    expect(copy.startsWith(join(folder, 'elsewhere'))).toBe(true);
    await append(1);
    await expect(run(['restore', copy])).rejects.toThrow(/has records up to .*--force/);
    expect(await requests()).toBe(2);
    await run(['restore', copy, '--force']);
    expect(await requests()).toBe(1);
    const aside = told.find((line) => line.startsWith('What was there is kept: '))!.slice(24);
    expect(await requests(aside)).toBe(2);
  });

  it('while a server uses the database it is refused', async () => {
    await append(1);
    const copy = await backedUp();
    await withLedger(async (ledger) => {
      await ledger.append([entry()]);
      await expect(run(['restore', copy, '--force'])).rejects.toThrow('is in use. Stop the server');
      expect(await run(['backup'])).toBe(true);
    });
    expect(await requests()).toBe(2);
  });

  it('a damaged backup is refused, and so is one without its manifest', async () => {
    await append(1);
    const copy = await backedUp();
    copyFileSync(copy, join(folder, 'alone.db'));
    await expect(run(['restore', join(folder, 'alone.db'), '--force'])).rejects.toThrow('alone.db.manifest.json');
    truncateSync(copy, 4_096);
    await expect(run(['verify', copy])).rejects.toThrow('bytes, and its manifest says');
    await expect(run(['restore', copy, '--force'])).rejects.toThrow('Nothing was changed');
    expect(await requests()).toBe(1);
  });
});

describe('archives', () => {
  it('P4: are verified, and put back into a database of their own', async () => {
    await append(3);
    const archive = join(folder, 'archive');
    const more = { signal: new AbortController().signal, goesOn: async () => undefined };
    const clock = manualClock();
    await withLedger((ledger) => archiveExpired({ ledger, folder: archive, beforeMs: NOON + 1, clock, ...more }));
    expect(await withLedger(async (one) => (await one.conversations({ limit: 1 })).data)).toEqual([]);
    const packed = join(archive, '2026-03.0001.jsonl.gz');
    await run(['verify', packed]);
    expect(printed.splice(0)).toEqual([`${packed} is right: 3 entries of 2026-03 with 3 attempts and 6 messages.`]);
    for (const restored of [3, 0]) {
      await run(['restore', '--archive', packed], join(folder, 'past'));
      expect(printed.splice(0)[0]).toContain(`ledger.db: ${restored} of 3 entries are put back`);
    }
    const [one] = await withLedger((ledger) => ledger.conversation('c-1'), join(folder, 'past', 'ledger.db'));
    expect(one).toMatchObject({ requests: 3, messages: 6 });
    truncateSync(packed, 60);
    await expect(run(['restore', '--archive', packed], join(folder, 'new'))).rejects.toThrow('Nothing of it was used');
    expect(existsSync(join(folder, 'new', 'ledger.db'))).toBe(false);
  });
});

describe('the command line', () => {
  it.each([
    [['verify'], 'Which file?'],
    [['verify', 'a', 'b'], 'One file at a time.'],
    [['verify', '--nonsense'], "Unknown option '--nonsense'"],
    [['restore', '--archive', 'a.jsonl.gz', '--force'], '--archive goes alone.'],
    [['restore', '--archive', 'a.jsonl.gz', 'b'], '--archive goes alone.'],
    [['backup', 'now'], '"now" is too much'],
    [['backup', '--out', ''], '--out: expected a folder'],
    [['verify', 'none.db'], 'none.db.manifest.json'],
    [['restore', '--archive', 'x.zip'], 'expected a name that ends in .jsonl.gz'],
  ])('%j: %s', async (words, message) => {
    const failed = await run(words).catch((cause: unknown) => cause);
    expect(failed).toBeInstanceOf(Problem);
    expect((failed as Problem).message).toContain(message);
    expect(printed).toEqual([]);
  });

  it('each command has its help, and other words are none', async () => {
    for (const word of ['backup', 'verify', 'restore']) {
      expect(await run([word, '--help'])).toBe(true);
      expect(printed.splice(0)[0]).toContain(`Usage: nexusai-hub ${word}`);
    }
    for (const words of [['serve'], ['--help'], [], ['toString']]) expect(await run(words)).toBe(false);
  });

  it('ends with 1 and one message where something is wrong', () => {
    const env = { ...process.env, NEXUS_DATA_DIR: join(folder, 'data') };
    const words = ['--import', 'tsx', 'cli/main.ts', 'verify', join(folder, 'none.db')];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('it does not exist. Check its name.');
    expect(stderr).not.toContain('    at ');
  });

  it('says where a data folder cannot be written to', async () => {
    writeFileSync(join(folder, 'data'), 'a file');
    await expect(run(['backup'])).rejects.toThrow(/could not be made/);
    expect(readFileSync(join(folder, 'data'), 'utf8')).toBe('a file');
  });
});
