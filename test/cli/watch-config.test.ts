import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NexusError, type NexusHub } from 'nexusai-hub';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfigFile, stateOf } from '../../cli/config-file.ts';
import { watchConfig } from '../../cli/watch-config.ts';

const LOOK_EVERY_MS = 500;
const PROVIDERS = 'providers: [{ id: demo, kind: demo }]\n';

let folder: string;
let file: string;
let told: string[];
let applied: unknown[];
/** What applying rejects with. */
let failure: Error | undefined;
let end: () => void;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-watch-'));
  file = join(folder, 'nexus.yaml');
  [told, applied, failure] = [[], [], undefined];
  writeFileSync(file, `${PROVIDERS}port: 8001\n`);
  const source = { file, state: await stateOf(file), ...(await readConfigFile(file, {})) };
  const applyFile = async (content: object): Promise<{ number: number }> => {
    if (failure) throw failure;
    return { number: applied.push(content) + 1 };
  };
  const plan = { source, variables: {}, tell: (line: string) => told.push(line) };
  const hub = { admin: { config: { applyFile } } } as unknown as NexusHub;
  end = watchConfig(plan, { hub });
});
afterEach(() => {
  end();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** Lets the watch look so many times, each to its end. */
async function looks(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
    while (vi.getTimerCount() === 0) await new Promise(setImmediate);
  }
}

describe('the file of a server that runs', () => {
  it('H4: is put in force once after it was written, and not before', async () => {
    await looks(3);
    expect(applied).toEqual([]);
    writeFileSync(file, `${PROVIDERS}keys: [{ name: app, key: "a-key-of-the-file" }]\nport: 8001\n`);
    await looks(5);
    expect(applied).toEqual([expect.objectContaining({ keys: [{ name: 'app', key: 'a-key-of-the-file' }] })]);
    expect(told).toEqual([`${file} was changed: what it says is in force (epoch 2).`]);
  });

  it('H5: is not put in force by halves: its beginning may be a configuration, too', async () => {
    const keys = 'keys: [{ name: app, key: "a-key-of-the-file" }]\n';
    for (const part of [PROVIDERS, PROVIDERS + keys, `${PROVIDERS}${keys}${keys.replace('keys', 'models')}`]) {
      // As an editor or a download writes: a beginning, and the rest while the file is being looked at.
      writeFileSync(file, part);
      await looks(1);
    }
    writeFileSync(file, PROVIDERS + keys);
    await looks(3);
    expect(applied).toHaveLength(1);
    expect(applied[0]).toHaveProperty('keys');
  });

  it('says what holds from the next start on only: where the file is otherwise than the server was started with', async () => {
    writeFileSync(file, `${PROVIDERS}port: 80\n`);
    await looks(2);
    expect(told.at(-1)).toBe('WARNING: port of it hold from the next start on.');
    writeFileSync(file, `${PROVIDERS}port: 8001\n`);
    await looks(2);
    expect(told.at(-1)).toBe(`${file} was changed: what it says is in force (epoch 3).`);
  });

  it('says that it comes later where what keeps the configuration is away', async () => {
    failure = new NexusError('config_unavailable', 'It does not answer.');
    writeFileSync(file, PROVIDERS);
    await looks(2);
    expect(told).toEqual([
      `WARNING: ${file} was changed and is put in force when the store is back. It does not answer.`,
    ]);
    failure = new NexusError('request_invalid', 'It is wrong.');
    writeFileSync(file, `${PROVIDERS}\n`);
    await looks(2);
    expect(told.at(-1)).toBe(`WARNING: ${file} was changed and is not applied. It is wrong.`);
  });

  it('is looked at no more when that was ended, also while it is being looked at', async () => {
    writeFileSync(file, PROVIDERS);
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
    end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(vi.getTimerCount()).toBe(0);
  });
});
