import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../cli/problem.ts';
import { runCommand } from '../../cli/run-command.ts';
import { letGo } from '../storage/let-go.ts';
import { readCsv } from '../views/read-csv.ts';
import { entry, NOON } from '../views/set-up.ts';

let folder: string;
let printed: string[];
let told: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-export-'));
  [printed, told] = [[], []];
  mkdirSync(join(folder, 'data'));
  const ledger = sqliteLedger({ file: join(folder, 'data', 'ledger.db'), thread: false });
  await ledger.append([
    entry({ id: 'a', conversation: 'c1', says: '=你好', answers: 'Hi' }),
    entry({ id: 'b', conversation: 'c2', caller: 'other', says: 'Later', atMs: NOON + 1 }),
  ]);
  await ledger.close();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const out = (name: string): string => join(folder, name);

async function run(...words: string[]): Promise<void> {
  const print = (line: string): void => void printed.push(line);
  const tell = (line: string): void => void told.push(line);
  try {
    await runCommand(['export', ...words], { variables: { NEXUS_DATA_DIR: join(folder, 'data') }, print, tell });
  } finally {
    await letGo();
  }
}

describe('nexusai-hub export', () => {
  it('writes a file for its owner alone, and prints its name', async () => {
    await run('conversations', '--out', out('said.csv'), '--bom');
    const text = readFileSync(out('said.csv'), 'utf8');
    expect(text.startsWith('\ufeff')).toBe(true);
    const [names = [], ...rows] = readCsv(text.slice(1));
    expect(rows.map((row) => row[names.indexOf('text')])).toEqual(["'=你好", 'Hi', 'Later']);
    expect(statSync(out('said.csv')).mode & 0o777).toBe(0o600);
    expect(printed).toEqual([out('said.csv')]);
    expect(told.at(-1)).toBe('Done: 3 rows.');
    expect(readdirSync(folder).sort()).toEqual(['data', 'said.csv']);
  });

  it('writes a part, in any format', async () => {
    const at = new Date(NOON + 1).toISOString();
    await run('stats', '--format', 'json', '--from', at, '--caller', 'other', '--out', out('a.json'));
    expect(JSON.parse(readFileSync(out('a.json'), 'utf8'))).toMatchObject([{ entry_id: 'b', caller: 'other' }]);
    await run('stats', '--format', 'jsonl', '--to', at, '--model', 'm', '--provider', 'main', '--out', out('b.jsonl'));
    expect(readFileSync(out('b.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    [[], /Which one, stats, conversations or audit\?/],
    [['prompts', '--out', 'x'], /Which one/],
    [['stats', 'twice', '--out', 'x'], /Which one/],
    [['stats'], /--out: expected a file/],
    [['stats', '--out', 'x', '--format', 'xml'], /There are: csv, json, jsonl/],
    [['stats', '--out', 'x', '--from', 'yesterday'], /--from: expected a time/],
    [['stats', '--out', 'x', '--from', '2026-02-01', '--to', '2026-01-01'], /must be later/],
    [['stats', '--out', 'x', '--colour', 'red'], /--colour/],
    [['stats', '--out', 'no/such/folder/x'], /cannot be written \(ENOENT\)/],
  ])('%j is refused, and leaves no file', async (words, message) => {
    const placed = words.map((word) => (word === 'x' || word.startsWith('no/') ? out(word) : word));
    const failure = await run(...placed).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(Problem);
    expect((failure as Problem).message).toMatch(message);
    expect(readdirSync(folder)).toEqual(['data']);
  });

  it('overwrites nothing, and makes no database', async () => {
    writeFileSync(out('there.csv'), 'mine');
    await expect(run('stats', '--out', out('there.csv'))).rejects.toThrow(/already/);
    expect(readFileSync(out('there.csv'), 'utf8')).toBe('mine');
    rmSync(join(folder, 'data'), { recursive: true });
    await expect(run('stats', '--out', out('x'))).rejects.toThrow(/no such database/);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});
