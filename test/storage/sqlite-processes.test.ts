import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { findDriver } from '../../adapters/storage/sqlite/find-driver.ts';
import { builtPrograms } from '../built-programs.ts';
import { all } from './entries.ts';

const programOf = builtPrograms({ writer: new URL('writer.ts', import.meta.url) });
/** How often a process is killed. More say more: `NEXUS_TEST_KILLS=50`. */
const KILLS = Number(process.env['NEXUS_TEST_KILLS'] ?? 10);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-processes-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Writer {
  readonly child: ChildProcess;
  /** How many entries it was told are written. */
  acknowledged: number;
  /** What it said when something went wrong. */
  errors: string;
  readonly begun: Promise<unknown>;
  readonly ended: Promise<unknown>;
}

function startWriter(file: string, name: string, perSecond: number, batches: number): Writer {
  const args = [programOf('writer'), file, name, String(perSecond), String(batches)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout });
  // What it said before it was killed is read to its end.
  const ended = Promise.all([once(child, 'close'), once(lines, 'close')]);
  const writer: Writer = {
    child,
    acknowledged: 0,
    errors: '',
    begun: Promise.race([once(lines, 'line'), ended]),
    ended,
  };
  lines.on('line', (line) => (writer.acknowledged = Number(line)));
  child.stderr.on('data', (text) => (writer.errors += String(text)));
  return writer;
}

it(`P1: a process that is killed leaves all it was told is written, ${KILLS} times`, async () => {
  const file = join(folder, 'killed.sqlite');
  const told = new Map<string, number>();
  for (let kill = 0; kill < KILLS; kill++) {
    const writer = startWriter(file, `w${kill}`, 2000, 100_000);
    await writer.begun;
    await pause(Math.random() * 300);
    writer.child.kill('SIGKILL');
    await writer.ended;
    expect(writer.errors).toBe('');
    told.set(`w${kill}`, writer.acknowledged);
  }
  const connection = (await findDriver()).open(file);
  expect(connection.prepare('pragma integrity_check').all([])).toMatchObject([{ integrity_check: 'ok' }]);
  connection.close();
  const ledger = sqliteLedger({ file, thread: false });
  const kept = new Set((await all(ledger.attempts({}))).map(({ entryId }) => entryId));
  for (const [name, count] of told)
    for (let number = 1; number <= count; number++) expect(kept.has(`${name}-${number}`)).toBe(true);
  expect([...told.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(0);
  // The sums are of whole batches, too.
  expect(await ledger.summary({})).toMatchObject({ requests: kept.size, attempts: kept.size });
  expect(await ledger.conversation('c-1')).toMatchObject([{ requests: kept.size, messages: 2 * kept.size }]);
  await ledger.close();
}, 300_000);

it('P3: four processes write 500 entries a second each into one file, and none is told that it is busy', async () => {
  const file = join(folder, 'shared.sqlite');
  const writers = ['a', 'b', 'c', 'd'].map((name) => startWriter(file, name, 500, 200));
  await Promise.all(writers.map(({ ended }) => ended));
  expect(writers.map(({ errors, acknowledged }) => ({ errors, acknowledged }))).toEqual(
    writers.map(() => ({ errors: '', acknowledged: 1000 })),
  );
  const ledger = sqliteLedger({ file, thread: false });
  expect(await ledger.summary({})).toMatchObject({ requests: 4000 });
  await ledger.close();
}, 120_000);
