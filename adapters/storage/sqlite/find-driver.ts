import { LedgerError } from '../sql/ledger-error.ts';
import { type BetterSqlite, betterDriver } from './better-driver.ts';
import type { SqliteDriver } from './driver.ts';
import { type NodeSqlite, nodeDriver } from './node-driver.ts';

/** How packages are found: tests have others than this machine. */
export interface DriverSources {
  /** `22.13.0` */
  readonly nodeVersion: string;
  readonly builtin: (name: string) => object | undefined;
  /** The package's exports; rejects where it is not installed. */
  readonly load: (name: string) => Promise<unknown>;
}

const HERE: DriverSources = {
  nodeVersion: process.versions.node,
  builtin: (name) => process.getBuiltinModule(name),
  // By a name that bundlers do not know: packages with native code stay outside.
  load: (name) => import(name),
};

/** From this version on `node:sqlite` needs no flag. */
const BUILT_IN_SINCE = [22, 13] as const;
/** On an older Node this version of better-sqlite3 ends the process with a segmentation fault. */
const BETTER_13_SINCE = [22, 0] as const;

/**
 * The first of these that is here: `node:sqlite`, `@photostructure/sqlite`, `better-sqlite3`.
 * @throws LedgerError `driver_missing`, with the command that installs one.
 */
export async function findDriver(sources: DriverSources = HERE): Promise<SqliteDriver> {
  const builtin = isAtLeast(sources.nodeVersion, BUILT_IN_SINCE) ? sources.builtin('node:sqlite') : undefined;
  if (builtin) return nodeDriver('node:sqlite', builtin as NodeSqlite);
  const failures: string[] = [];
  const tried = async <Found>(name: string, make: () => Promise<Found>): Promise<Found | undefined> => {
    try {
      return await make();
    } catch (cause) {
      failures.push(`${name}: ${firstLineOf(cause)}`);
      return undefined;
    }
  };
  const found =
    (await tried('@photostructure/sqlite', async () =>
      nodeDriver('@photostructure/sqlite', (await sources.load('@photostructure/sqlite')) as NodeSqlite),
    )) ?? (await tried('better-sqlite3', () => loadBetter(sources)));
  if (found) return found;
  throw new LedgerError(
    'driver_missing',
    `No driver for SQLite was found. Run "npm install @photostructure/sqlite", or use Node ${BUILT_IN_SINCE.join('.')} ` +
      `or newer, which has one (this is ${sources.nodeVersion}). Tried ${failures.join('; ')}`,
  );
}

async function loadBetter({ nodeVersion, load }: DriverSources): Promise<SqliteDriver> {
  const { version } = defaultOf(await load('better-sqlite3/package.json')) as { version: string };
  if (isAtLeast(version, [13, 0]) && !isAtLeast(nodeVersion, BETTER_13_SINCE))
    throw new Error(`${version} needs Node ${BETTER_13_SINCE[0]} or newer; version 12 does not.`);
  return betterDriver(defaultOf(await load('better-sqlite3')) as BetterSqlite);
}

/** What a module made for `require` exports. */
function defaultOf(loaded: unknown): unknown {
  return (loaded as { default?: unknown }).default ?? loaded;
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map(Number);
  return hasMajor > major || (hasMajor === major && hasMinor >= minor);
}

function firstLineOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
}
