import { describe, expect, it } from 'vitest';

import { type DriverSources, findDriver } from '../../adapters/storage/sqlite/find-driver.ts';

/** A machine with these packages. */
function machine(
  nodeVersion: string,
  packages: Readonly<Record<string, unknown>>,
  loaded: string[] = [],
): DriverSources {
  return {
    nodeVersion,
    builtin: (name) => packages[name] as object | undefined,
    async load(name) {
      loaded.push(name);
      if (!(name in packages)) throw new Error(`Cannot find package '${name}'\nRequire stack:`);
      return packages[name];
    },
  };
}

/** Nobody opens a database of it. */
const NODE_LIKE = { DatabaseSync: Object };
const better = (version: string): Record<string, unknown> => ({
  'better-sqlite3': { default: Object },
  'better-sqlite3/package.json': { default: { version } },
});

describe('findDriver', () => {
  it.each([
    ['22.13.0', { 'node:sqlite': NODE_LIKE, '@photostructure/sqlite': NODE_LIKE }, 'node:sqlite'],
    ['24.0.0', { 'node:sqlite': NODE_LIKE }, 'node:sqlite'],
    ['22.12.0', { 'node:sqlite': NODE_LIKE, '@photostructure/sqlite': NODE_LIKE }, '@photostructure/sqlite'],
    ['22.13.0', { '@photostructure/sqlite': NODE_LIKE, ...better('13.0.0') }, '@photostructure/sqlite'],
    ['20.19.0', better('12.4.1'), 'better-sqlite3'],
    ['22.0.0', better('13.0.0'), 'better-sqlite3'],
  ])('on Node %s with %j: %s', async (version, packages, expected) => {
    expect((await findDriver(machine(version, packages))).name).toBe(expected);
  });

  it('does not load a better-sqlite3 that would end the process', async () => {
    const loaded: string[] = [];
    await expect(findDriver(machine('20.20.2', better('13.1.0'), loaded))).rejects.toThrow(/13\.1\.0 needs Node 22/);
    expect(loaded).not.toContain('better-sqlite3');
  });

  it('says what to install where there is none', async () => {
    await expect(findDriver(machine('20.19.0', {}))).rejects.toMatchObject({
      name: 'LedgerError',
      code: 'driver_missing',
    });
    await expect(findDriver(machine('20.19.0', {}))).rejects.toThrow(/npm install @photostructure\/sqlite/);
  });

  it('finds the one of this machine', async () => {
    const connection = (await findDriver()).open(':memory:');
    connection.exec('create table a (b)');
    expect(connection.prepare('insert into a values (1)').returnsRows).toBe(false);
    connection.prepare('insert into a values (?)').run([2]);
    expect(connection.prepare('select b from a').all([])).toMatchObject([{ b: 2 }]);
    connection.close();
  });
});
