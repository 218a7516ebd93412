import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFirst } from '../../cli/write-first.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-first-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('writes the file and its folder for its owner alone; the first stays, and nothing else is left', () => {
  const file = join(folder, 'data', 'key');
  expect([writeFirst(file, 'one'), writeFirst(file, 'two')]).toEqual([true, false]);
  expect(readFileSync(file, 'utf8')).toBe('one');
  expect(readdirSync(join(folder, 'data'))).toEqual(['key']);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('throws what the file system does where nothing can be written', () => {
  writeFirst(join(folder, 'data'), 'a file');
  expect(() => writeFirst(join(folder, 'data', 'key'), 'x')).toThrow(/ENOTDIR|EEXIST/);
});
