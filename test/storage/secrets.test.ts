import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { postgresDatabase } from 'nexusai-hub/adapters/postgres';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import type { Database } from 'nexusai-hub/ports';
import { Secret } from 'nexusai-hub/provider-kit';
import { secretStoreCases, type SecretStorePlace } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';
import { vaultOf } from '../control/vault-set-up.ts';
import { createDatabase, hasPostgres } from '../services/postgres-server.ts';

const programOf = builtPrograms({ rotator: new URL('rotator.ts', import.meta.url) });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function storeOf({ secrets, open, close }: Required<Database>) {
  await open();
  return { ...secrets, close };
}

function filePlace(thread: boolean): SecretStorePlace {
  const file = join(folder, `${randomBytes(6).toString('hex')}.db`);
  return { open: () => storeOf(sqliteDatabase({ file, thread })) };
}

async function postgresPlace(): Promise<SecretStorePlace> {
  const { url, drop } = await createDatabase();
  return { open: () => storeOf(postgresDatabase({ url })), close: drop };
}

describe.each<[string, boolean, () => SecretStorePlace | Promise<SecretStorePlace>]>([
  ['SQLite', true, () => filePlace(false)],
  ['PostgreSQL', hasPostgres, postgresPlace],
])('%s does what every secret store has to do', (_name, isHere, place) => {
  for (const { name, run, skipped } of secretStoreCases(place)) it.skipIf(skipped !== undefined || !isHere)(name, run);
});

// Threads take long to start from their sources: one case shows that every step has its thread.
const swaps = secretStoreCases(() => filePlace(true)).find(({ id }) => id === 'swaps');
it(`SQLite in threads: ${swaps?.name}`, async () => swaps?.run());

function start(
  file: string,
  keys: readonly string[],
): { child: ChildProcess; lines: string[]; ended: Promise<unknown> } {
  const child = spawn(process.execPath, [programOf('rotator'), file, ...keys], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  return { child, lines, ended: Promise.all([once(child, 'close'), once(reader, 'close')]) };
}

it('X5: a rotation whose process is killed is gone on with, by several at once, and nothing is lost', async () => {
  const file = join(folder, 'killed.db');
  const [old, fresh] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')];
  const { secrets, close } = sqliteDatabase({ file, thread: false });
  const before = vaultOf([old], secrets).vault;
  const keeping = Array.from({ length: 1_000 }, (_, place) => before.keep(new Secret(`CANARY ${place}`)));
  const references = await Promise.all(keeping);

  const killed = start(file, [fresh, old]);
  await new Promise<void>((resolve) => {
    killed.child.stdout?.on('data', () => {
      if (killed.lines.length > 10) resolve();
    });
  });
  killed.child.kill('SIGKILL');
  await killed.ended;

  const { vault, sealer } = vaultOf([fresh, old], secrets);
  const { byKey, undecryptable } = await vault.status();
  expect(undecryptable).toBe(0);
  expect(byKey).toHaveLength(2);
  for (const [place, reference] of references.entries())
    expect((await vault.reveal(reference)).reveal()).toBe(`CANARY ${place}`);

  const others = [start(file, [fresh, old]), start(file, [fresh, old])];
  await Promise.all(others.map(({ ended }) => ended));
  expect(others.map(({ lines }) => lines.at(-1))).toEqual(['done', 'done']);
  expect((await vault.status()).byKey).toEqual([{ keyId: sealer.keyId, secrets: 1_000, isHere: true }]);
  const after = vaultOf([fresh], secrets).vault;
  for (const [place, reference] of references.entries())
    expect((await after.reveal(reference)).reveal()).toBe(`CANARY ${place}`);
  await close();
  expect(readFileSync(file).includes('CANARY')).toBe(false);
}, 60_000);
