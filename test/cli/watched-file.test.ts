import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';
import { startCommandLine, type Started } from '../services/command-line.ts';
import { until } from '../services/waiting.ts';

const ADMIN_KEY = '0f6c1b9a-of-a-test-e27d';
const programOf = builtPrograms({ main: new URL('../../cli/main.ts', import.meta.url) });

let folder: string;
let file: string;
let server: Started;
let running: Started[];
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-watched-'));
  file = join(folder, 'nexus.yaml');
  writeFileSync(file, providersWith('one'));
  running = [];
  server = run();
  url = await server.firstLine();
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true });
});

function run(more: Record<string, string> = {}): Started {
  const variables = { NEXUS_ADMIN_KEY: ADMIN_KEY, ...more };
  const parameters = ['--config', file];
  const started = startCommandLine({ folder, variables, parameters, program: [programOf('main')] });
  running.push(started);
  return started;
}

function providersWith(model: string): string {
  return `providers: [{ id: demo, kind: demo, models: [${model}] }]\n`;
}

async function get(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  return (await response.json()) as Record<string, unknown>;
}

async function models(): Promise<readonly string[]> {
  const { data } = (await get('/v1/models')) as { data: readonly { id: string }[] };
  return data.map(({ id }) => id).sort();
}

describe('the file of a server that runs', { timeout: 60_000 }, () => {
  it('H4: is put in force when it was written, and what the API changed stays', async () => {
    const body = JSON.stringify({ id: 'added', kind: 'demo', models: ['other'] });
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
    expect((await fetch(`${url}/providers`, { method: 'POST', headers, body })).status).toBe(201);
    writeFileSync(file, providersWith('two'));
    await server.says('what it says is in force (epoch 3)');
    expect(await models()).toEqual(['other', 'two']);
  });

  it('H4: is put in force, too, where it was written while the server started', async () => {
    const other = run({ NEXUS_DATA_DIR: join(folder, 'other') });
    // It has read the file by then.
    await other.says('is kept in');
    writeFileSync(file, providersWith('two'));
    url = await other.firstLine();
    await until(async () => (await models()).join() === 'two', 'it is in force');
  });

  it('H5: that goes away changes nothing, is told, and is put in force when it is back', async () => {
    rmSync(file);
    await server.says('is not applied');
    expect(server.output.err).toContain('the configuration file does not exist');
    expect(await models()).toEqual(['one']);
    writeFileSync(file, providersWith('two'));
    await server.says('(epoch 2)');
    expect(await models()).toEqual(['two']);
  });

  it('H5: that is wrong changes nothing, and is told with its place', async () => {
    writeFileSync(file, 'providers:\n  - { id: demo, kind: dimo }\n');
    await server.says('is not applied');
    expect(server.output.err).toMatch(/nexus\.yaml:2: providers\[0\]\.kind: expected one of/);
    expect(await models()).toEqual(['one']);
    expect(await get('/config')).toMatchObject({ epoch: 1 });
  });
});
