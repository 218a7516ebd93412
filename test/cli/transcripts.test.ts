import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';
import { blocksOf } from '../package/markdown.ts';
import { startCommandLine } from '../services/command-line.ts';

/** What somebody types, and what is then read; `…` stands for anything. */
interface Exchange {
  readonly line: number;
  readonly typed: string;
  readonly read: string;
}

const PAGES = ['docs/admin-api.md'];
const ADMIN_KEY = '0f6c1b9a-of-a-test-e27d';
/** Where the pages have the server. */
const WRITTEN_HOST = 'localhost:8001';
const END_OF_ANSWER = '-- end of answer --';

const programOf = builtPrograms({ main: new URL('../../cli/main.ts', import.meta.url) });

function exchangesOf(page: string): Exchange[] {
  const blocks = blocksOf({ path: page, text: readFileSync(page, 'utf8') }).filter(
    ({ language }) => language === 'console',
  );
  return blocks.flatMap(({ code, line }) => {
    const exchanges: Exchange[] = [];
    for (const [place, written] of code.split('\n').entries()) {
      const before = exchanges.at(-1);
      if (written.startsWith('$ ')) exchanges.push({ line: line + place, typed: written.slice(2), read: '' });
      else if (before) exchanges[exchanges.length - 1] = { ...before, read: `${before.read}${written}\n` };
    }
    return exchanges;
  });
}

/** Types it all into one shell, and resolves with what each command answered. */
async function typeInto(url: string, folder: string, exchanges: readonly Exchange[]): Promise<readonly string[]> {
  const shell = spawn('bash', ['-s'], { cwd: folder, env: { PATH: process.env['PATH'], ADMIN_KEY } });
  const said = Promise.all([text(shell.stdout), text(shell.stderr)]);
  const host = new URL(url).host;
  shell.stdin.end(
    exchanges.map(({ typed }) => `${typed.replaceAll(WRITTEN_HOST, host)}\necho '${END_OF_ANSWER}'\n`).join(''),
  );
  const [out, err] = await said;
  expect(err).toBe('');
  return out.split(`${END_OF_ANSWER}\n`).slice(0, -1);
}

function patternOf(read: string): RegExp {
  const parts = read.trimEnd().split('…');
  return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`, 's');
}

describe.each(PAGES)('%s', (page) => {
  it('shows what is answered to what is typed', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-transcript-'));
    const variables = { NEXUS_ADMIN_KEY: ADMIN_KEY };
    const { child, ended, firstLine } = startCommandLine({ folder, variables, program: [programOf('main')] });
    try {
      const exchanges = exchangesOf(page);
      expect(exchanges.length).toBeGreaterThan(0);
      const answers = await typeInto(await firstLine(), folder, exchanges);
      expect(answers).toHaveLength(exchanges.length);
      for (const [place, { line, typed, read }] of exchanges.entries())
        expect(answers[place]?.trimEnd(), `line ${String(line)}: ${typed}`).toMatch(patternOf(read));
    } finally {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    }
  });
});
