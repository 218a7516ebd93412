import { randomBytes } from 'node:crypto';
import { constants, copyFileSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './code-of.ts';

/**
 * Writes a file that only its owner may read, and makes its folder. Of several processes that are started at once one
 * writes it, and all find it whole. False where another was there before: it stays.
 * @throws whatever the file system does
 */
export function writeFirst(file: string, text: string): boolean {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    return isPutInPlace(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function isPutInPlace(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    // Not every file system has links.
    copyFileSync(draft, file, constants.COPYFILE_EXCL);
  }
  return true;
}
