import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import { Secret } from 'nexusai-hub/provider-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readEnvironment, type Variables } from '../../cli/environment.ts';
import { masterKeysOf } from '../../cli/master-key.ts';
import { runCommand } from '../../cli/run-command.ts';
import { masterKeyOf } from '../../src/control/vault/master-key.ts';
import { vaultOf } from '../control/vault-set-up.ts';
import { letGo } from '../storage/let-go.ts';

let folder: string;
let told: string[];
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-master-key-'));
  [told, printed] = [[], []];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const tell = (line: string): void => void told.push(line);
const dataDir = (): string => join(folder, 'data');
const newKey = (): string => randomBytes(32).toString('base64');

function keysWith(variables: Variables = {}): string[] {
  return masterKeysOf(readEnvironment({ NEXUS_DATA_DIR: dataDir(), ...variables }), tell);
}

describe('the master key of a server', () => {
  it('X7: is made at the first start, for its owner alone, with a warning that does not show it', () => {
    const [key = ''] = keysWith();
    const file = join(dataDir(), 'master-key');
    expect(readFileSync(file, 'utf8').trim()).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(told).toEqual([expect.stringMatching(/^WARNING: no NEXUS_MASTER_KEY is set/)]);
    expect(told[0]).not.toContain(key.slice(0, 8));
    expect(readdirSync(dataDir())).toEqual(['master-key']);
    expect(keysWith()).toEqual([key]);
    expect(told).toHaveLength(1);
  });

  it('is looked after: one that others may read is told', () => {
    keysWith();
    chmodSync(join(dataDir(), 'master-key'), 0o644);
    keysWith();
    expect(told[1]).toMatch(/^WARNING: .*master-key can be read by others.*chmod 600/);
  });

  it('X5: comes from the environment, and what the file sealed before still opens', () => {
    const [own] = keysWith();
    const [key, previous] = [newKey(), newKey()];
    expect(keysWith({ NEXUS_MASTER_KEY: key, NEXUS_MASTER_KEY_PREVIOUS: ` ${previous} ,` })).toEqual([
      key,
      previous,
      own,
    ]);
  });

  it('comes from a file somebody else looks after', () => {
    const [file, key] = [join(folder, 'key'), newKey()];
    writeFileSync(file, `${key}\n`);
    expect(keysWith({ NEXUS_MASTER_KEY_FILE: file })).toEqual([key]);
    expect(existsSync(join(dataDir(), 'master-key'))).toBe(false);
    expect(() => keysWith({ NEXUS_MASTER_KEY_FILE: join(folder, 'none') })).toThrow(
      /none: .*cannot be read \(ENOENT\)/,
    );
    writeFileSync(file, 'CANARY');
    expect(() => keysWith({ NEXUS_MASTER_KEY_FILE: file })).toThrow(/key: expected 32 random bytes/);
    expect(() => keysWith({ NEXUS_MASTER_KEY_FILE: file })).not.toThrow(/CANARY/);
  });

  it('is told where it cannot be stored', () => {
    writeFileSync(dataDir(), 'a file');
    expect(() => keysWith()).toThrow(/master-key: the master key cannot be stored/);
  });
});

describe('nexusai-hub rotate-master-key', () => {
  async function rotate(variables: Variables, words: readonly string[] = []): Promise<void> {
    const context = {
      variables: { NEXUS_DATA_DIR: dataDir(), ...variables },
      tell,
      print: (line: string) => void printed.push(line),
    };
    try {
      await runCommand(['rotate-master-key', ...words], context);
    } finally {
      await letGo();
    }
  }

  async function vaultWith<Result>(
    keys: readonly string[],
    use: (vault: ReturnType<typeof vaultOf>['vault']) => Promise<Result>,
  ) {
    const { secrets, close } = sqliteDatabase({ file: join(dataDir(), 'ledger.db'), thread: false });
    try {
      return await use(vaultOf(keys, secrets).vault);
    } finally {
      await close();
      await letGo();
    }
  }

  it('X5: seals everything with the new key, and says how far it is', async () => {
    const [own = ''] = keysWith();
    const references = await vaultWith([own], (vault) =>
      Promise.all(Array.from({ length: 30 }, (_, place) => vault.keep(new Secret(`CANARY ${place}`)))),
    );
    const key = newKey();
    await rotate({ NEXUS_MASTER_KEY: key });
    expect(printed).toEqual([
      `${join(dataDir(), 'ledger.db')}: 30 of 30 secrets are sealed anew with ${masterKeyOf(key).id}, 0 were already.`,
    ]);
    expect(told.at(-1)).toBe('looked at 100 %');
    await rotate({ NEXUS_MASTER_KEY: key });
    expect(printed[1]).toContain('0 of 30 secrets are sealed anew');
    for (const [place, reference] of references.entries())
      expect((await vaultWith([key], (vault) => vault.reveal(reference))).reveal()).toBe(`CANARY ${place}`);
    expect(JSON.stringify([told, printed])).not.toMatch(/CANARY/);
  });

  it('X5: fails where secrets cannot be opened, and leaves them as they are', async () => {
    const lost = newKey();
    const reference = await vaultWith([lost], (vault) => vault.keep(new Secret('kept')));
    await expect(rotate({ NEXUS_MASTER_KEY: newKey() })).rejects.toThrow(/1 cannot be opened and stay as they are/);
    expect((await vaultWith([lost], (vault) => vault.reveal(reference))).reveal()).toBe('kept');
  });

  it('makes neither a database nor a key: a folder that was mistyped stays as it is', async () => {
    await expect(rotate({ NEXUS_MASTER_KEY: newKey() })).rejects.toThrow(/ledger\.db: there is no such database/);
    await expect(rotate({})).rejects.toThrow(/there is no such database/);
    expect(existsSync(dataDir())).toBe(false);
    const reference = await vaultWith([newKey()], (vault) => vault.keep(new Secret('kept')));
    expect(reference.id).not.toBe('');
    const before = readdirSync(dataDir());
    await expect(rotate({})).rejects.toThrow(/^There is no master key: set NEXUS_MASTER_KEY/);
    expect(readdirSync(dataDir())).toEqual(before);
    expect(told).toEqual([]);
  });

  it('X5: removes what wants a master key that is lost for good, and nothing else', async () => {
    const [lost, key] = [newKey(), newKey()];
    const gone = await vaultWith([lost], (vault) => vault.keep(new Secret('gone')));
    const here = await vaultWith([key], (vault) => vault.keep(new Secret('here')));
    const variables = { NEXUS_MASTER_KEY: key };
    await expect(rotate(variables, ['--lost', masterKeyOf(key).id])).rejects.toThrow(/^--lost: .* is not lost/);
    await expect(rotate(variables, ['--lost', 'mk_1'])).rejects.toThrow(/no secret wants the master key "mk_1"/);
    await rotate(variables, ['--lost', masterKeyOf(lost).id]);
    expect(printed).toEqual([expect.stringContaining(`1 secrets are removed that wanted ${masterKeyOf(lost).id}`)]);
    const [left, opened] = await vaultWith([lost, key], async (vault) => [
      await vault.reveal(gone).catch((cause: unknown) => cause),
      (await vault.reveal(here)).reveal(),
    ]);
    expect(left).toMatchObject({ code: 'secret_undecryptable' });
    expect(opened).toBe('here');
  });

  it('has a help, and takes no words', async () => {
    await rotate({}, ['--help']);
    expect(printed[0]).toContain('Usage: nexusai-hub rotate-master-key');
    await expect(rotate({}, ['now'])).rejects.toThrow('takes no words');
  });
});
