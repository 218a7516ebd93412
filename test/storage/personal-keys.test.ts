import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NexusHub } from 'nexusai-hub';
import { postgresDatabase } from 'nexusai-hub/adapters/postgres';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import type { Database } from 'nexusai-hub/ports';
import { keyStoreCases, type KeyStorePlace, scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createDatabase, hasPostgres } from '../services/postgres-server.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function storeOf({ keys, open, close }: Required<Database>) {
  await open();
  return { ...keys, close };
}

function filePlace(thread: boolean): KeyStorePlace {
  const file = join(folder, `${randomBytes(6).toString('hex')}.db`);
  return { open: () => storeOf(sqliteDatabase({ file, thread })) };
}

async function postgresPlace(): Promise<KeyStorePlace> {
  const { url, drop } = await createDatabase();
  return { open: () => storeOf(postgresDatabase({ url })), close: drop };
}

describe.each<[string, boolean, () => KeyStorePlace | Promise<KeyStorePlace>]>([
  ['SQLite', true, () => filePlace(false)],
  ['PostgreSQL', hasPostgres, postgresPlace],
])('%s does what every key store has to do', (name, isHere, place) => {
  // Two connections of one thread wait for each other: in threads it is run below.
  const skip = name === 'SQLite' ? { race: 'one thread' } : {};
  for (const one of keyStoreCases(place, { skip })) it.skipIf(one.skipped !== undefined || !isHere)(one.name, one.run);
});

// Threads take long to start from their sources: one case shows that every step has its thread.
const race = keyStoreCases(() => filePlace(true)).find(({ id }) => id === 'race');
it(`SQLite in threads: ${race?.name}`, async () => race?.run());

const PEPPERS = [{ id: 'p1', secret: 'a pepper of more than 32 characters' }];

/** A hub as one of several processes over a database. */
function hubOver(database: Required<Database>): NexusHub {
  const providers = { main: scriptedProvider({ says: 'Hi' }) };
  return new NexusHub({ providers, control: { stores: { keys: database.keys }, peppers: PEPPERS } });
}

const status = async (hub: NexusHub, key: string | undefined): Promise<number> => {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return (await hub.fetch('http://hub/v1/models', { headers })).status;
};

it.each([
  ['SQLite', true],
  ['PostgreSQL', hasPostgres],
])('keys in %s outlive the process, and every hub over it knows them', async (name, isHere) => {
  if (!isHere) return;
  const place = name === 'SQLite' ? undefined : await createDatabase();
  const file = join(folder, 'outlives.db');
  const open = (): Required<Database> =>
    place ? postgresDatabase({ url: place.url }) : sqliteDatabase({ file, thread: false });
  const first = open();
  const one = hubOver(first);
  const { secret, key } = await one.admin.keys.create({ name: 'app', owner: 'me' });
  await one.close();
  await first.close();

  const [second, third] = [open(), open()];
  const [two, other] = [hubOver(second), hubOver(third)];
  // With a store for keys nobody comes in without one.
  expect([await status(two, secret.reveal()), await status(two, undefined), await status(two, 'wrong')]).toEqual([
    200, 401, 401,
  ]);
  await two.admin.keys.update(key.id, { disabled: true });
  expect([await status(two, secret.reveal()), await status(other, secret.reveal())]).toEqual([401, 401]);
  expect((await other.admin.keys.list()).data).toMatchObject([{ id: key.id, owner: 'me', disabled: true }]);
  for (const hub of [two, other]) await hub.close();
  for (const database of [second, third]) await database.close();
  if (!place) expect(readFileSync(file).includes(secret.reveal().slice(8, -4))).toBe(false);
  await place?.drop();
});
