import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { NexusHub } from 'nexusai-hub';
import type { DatabaseBackup } from 'nexusai-hub/ports';
import { gate, manualClock, scriptedProvider } from 'nexusai-hub/testing';

import { TRANSPORTS } from './transports.ts';

const KEYS = [
  { name: 'ops', key: 'sk-ops-canary', role: 'admin' as const },
  { name: 'app', key: 'sk-app-canary' },
];
const NAME = 'nexus-2026-05-31T12-00-00-000Z.txt';

let root: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nexusai-hub-backups-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(root, { recursive: true });
});

function textDatabase(onCreate: () => Promise<void> = async () => undefined): DatabaseBackup {
  return {
    ...{ kind: 'text', extension: 'txt' },
    async create(file) {
      await onCreate();
      writeFileSync(file, 'one');
    },
    check: async (file) => ({ schemaVersion: readFileSync(file).length }),
    restore: () => Promise.reject(new Error('Nobody asks this here.')),
  };
}

function hubWith(database: DatabaseBackup | undefined, folder = join(root, 'backups')): NexusHub {
  const clock = manualClock(Date.UTC(2026, 4, 31, 12));
  const main = scriptedProvider({ says: 'Hi' });
  const backups = database ? { backups: { database, folder, everyMs: 'off' as const } } : {};
  const hub = new NexusHub({ providers: { main }, keys: KEYS, clock, ...backups });
  closing.push(() => hub.close());
  return hub;
}

const BODY = {
  ...{ object: 'backup', id: NAME, database: 'text', schema_version: 3, bytes: 3, verified: true, problem: null },
  ...{ created_at: 1_780_228_800, verified_at: 1_780_228_800 },
  sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
};

describe.each(TRANSPORTS)('$name', ({ serve }) => {
  type Ask = (path: string, method?: string, key?: string) => Promise<[status: number, body: unknown]>;

  async function asking(hub: NexusHub): Promise<Ask> {
    const served = await serve(hub);
    closing.push(() => served.close());
    return async (path, method = 'GET', key = 'sk-ops-canary') => {
      const headers = { authorization: `Bearer ${key}` };
      const response = await served.fetch(served.url + path, { method, headers });
      return [response.status, await response.json()];
    };
  }

  it('P6: makes backups, lists them and checks them', async () => {
    const ask = await asking(hubWith(textDatabase()));
    expect(await ask('/backups')).toEqual([200, { object: 'list', data: [], has_more: false }]);
    expect(await ask('/backups', 'POST')).toEqual([200, BODY]);
    expect(await ask('/backups')).toEqual([200, { object: 'list', data: [BODY], has_more: false }]);
    expect(await ask(`/backups/${NAME}/verify`, 'POST')).toEqual([200, BODY]);
    writeFileSync(join(root, 'backups', NAME), 'two');
    const problem = expect.stringContaining('SHA-256') as string;
    expect(await ask(`/backups/${NAME}/verify`, 'POST')).toEqual([200, { ...BODY, verified: false, problem }]);
    expect(await ask('/backups')).toMatchObject([200, { data: [{ verified: false }] }]);
  });

  it('is for admins', async () => {
    const ask = await asking(hubWith(textDatabase()));
    for (const [path, method] of [
      ['/backups', 'GET'],
      ['/backups', 'POST'],
      [`/backups/${NAME}/verify`, 'POST'],
    ] as const) {
      expect(await ask(path, method, 'sk-app-canary')).toMatchObject([403, { error: { code: 'forbidden' } }]);
      expect(await ask(path, method, 'sk-nobody')).toMatchObject([401, { error: { code: 'invalid_api_key' } }]);
    }
  });

  it('no path leads out of the folder', async () => {
    const served = await serve(hubWith(textDatabase()));
    closing.push(() => served.close());
    const ask = async (path: string): Promise<number> => {
      const headers = { authorization: 'Bearer sk-ops-canary' };
      return (await served.fetch(served.url + path, { method: 'POST', headers })).status;
    };
    expect(await ask('/backups')).toBe(200);
    writeFileSync(join(root, NAME), 'one');
    const names = ['..%2f', '%2e%2e%2f', '..%5c', '%00', 'x%2f..%2f', '.%2f', '%2f'].map((start) => start + NAME);
    for (const name of [...names, `${NAME}%00`, `${NAME}.manifest.json`, '%2e%2e%2f..'])
      expect([name, await ask(`/backups/${name}/verify`)]).toEqual([name, 404]);
    for (const path of [`/backups/${NAME}/verify/more`, '/backups//verify', `/backups/${NAME}`])
      expect([path, await ask(path)]).toEqual([path, 404]);
  });

  it('makes one at a time', async () => {
    const held = gate();
    const ask = await asking(hubWith(textDatabase(() => held.opened)));
    const first = ask('/backups', 'POST');
    await expect.poll(async () => (await ask('/backups', 'POST'))[0]).toBe(409);
    held.open();
    expect(await first).toEqual([200, BODY]);
  });

  it('says what is wrong', async () => {
    const without = await asking(hubWith(undefined));
    expect(await without('/backups')).toMatchObject([400, { error: { code: 'operation_unsupported' } }]);
    writeFileSync(join(root, 'file'), '');
    const blocked = await asking(hubWith(textDatabase(), join(root, 'file')));
    expect(await blocked('/backups', 'POST')).toMatchObject([
      500,
      { error: { code: 'storage_failed', message: expect.stringContaining('something else is there already') } },
    ]);
  });
});

describe('hub.backups', () => {
  it('P6: makes, lists and checks', async () => {
    const hub = hubWith(textDatabase());
    const made = await hub.backups.create();
    expect(made).toMatchObject({ name: NAME, problem: null });
    expect(await hub.backups.list()).toEqual([made]);
    expect(await hub.backups.verify(NAME)).toEqual(made);
    await expect(hub.backups.verify('../x')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('without the option says which one', async () => {
    await expect(hubWith(undefined).backups.list()).rejects.toThrow('Set its option "backups"');
  });
});
