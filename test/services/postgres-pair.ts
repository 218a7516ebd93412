import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ask } from './postgres-server.ts';
import { startService } from './service.ts';
import { freePort, until } from './waiting.ts';

const HOST = '127.0.0.1';
const PROGRAMS = ['initdb', 'pg_basebackup', 'postgres'];

/** Where the system has PostgreSQL's programs: the folder of the newest version. */
const folder = [...installed()].find((place) => PROGRAMS.every((program) => existsSync(join(place, program))));

/** Whether this machine has the programs. Where services are required their absence fails a test, and skips none. */
export const hasPostgresPrograms: boolean = process.env['NEXUS_REQUIRE_SERVICES'] === '1' || folder !== undefined;

if (!hasPostgresPrograms)
  process.stderr.write('SKIPPED: tests against a PostgreSQL with a replica: its programs are not installed here.\n');

/** A server that a test can hurt. It comes back to the same place, with its data. */
export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** It is gone at once, with all its connections, as after a crash. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A primary, and a replica that follows it. */
export interface PostgresPair {
  readonly primary: PostgresServer;
  readonly replica: PostgresServer;
  /** Resolves when the replica has all that is in the primary now. */
  caughtUp(): Promise<void>;
  /** Ends both for good and removes their files. */
  stop(): Promise<void>;
}

/** Starts both on free ports, with data of their own. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const home = mkdtempSync(join(tmpdir(), 'nexusai-hub-postgres-'));
  const owner = programOwner();
  if (owner) chownSync(home, owner.uid, owner.gid);
  const [first, second] = [join(home, 'primary'), join(home, 'replica')];
  await run('initdb', '-D', first, '-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C');
  const primary = await startServer(first);
  const source = ['-h', HOST, '-p', String(primary.port), '-U', 'postgres', '--no-sync', '--checkpoint=fast'];
  await run('pg_basebackup', '-D', second, '-R', '-X', 'stream', ...source);
  const replica = await startServer(second);
  return {
    primary,
    replica,
    async caughtUp() {
      const [written] = await primary.query('select pg_current_wal_lsn()::text as place');
      const isThere = `select pg_last_wal_replay_lsn() >= '${String(written?.['place'])}'::pg_lsn as "isThere"`;
      await until(async () => (await replica.query(isThere))[0]?.['isThere'] === true, 'the replica has caught up');
    },
    async stop() {
      await Promise.all([primary.kill(), replica.kill()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function startServer(data: string): Promise<PostgresServer> {
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: HOST,
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '16MB',
    // A replica looks again for its primary so often.
    wal_retrieve_retry_interval: '100ms',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgresql://postgres@${HOST}:${port}/postgres`;
  const query = (sql: string): Promise<Record<string, unknown>[]> => ask(url, sql);
  const begin = async () => {
    const begun = await startService(...asOwner('postgres', '-D', data, ...args));
    await until(() => query('select 1').then(Boolean, () => false), `a PostgreSQL answers on port ${port}`);
    return begun;
  };
  let service: Awaited<ReturnType<typeof begin>> | undefined = await begin();
  return {
    url,
    port,
    query,
    async kill() {
      if (!service) return;
      // To its first process alone a harder signal would leave the others behind, at its files.
      process.kill(service.pid, 'SIGQUIT');
      await until(() => !existsSync(join(data, 'postmaster.pid')), `the PostgreSQL on port ${port} is gone`);
      await service.kill();
      service = undefined;
    },
    async restart() {
      service = await begin();
    },
  };
}

async function run(...command: readonly [string, ...string[]]): Promise<void> {
  await promisify(execFile)(...asOwner(...command));
}

/** They do not run as root. */
function asOwner(program: string, ...args: readonly string[]): [program: string, args: string[]] {
  const path = join(folder ?? '', program);
  if (!programOwner()) return [path, [...args]];
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', path, ...args]];
}

function programOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' })));
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

function* installed(): Generator<string> {
  const all = '/usr/lib/postgresql';
  if (existsSync(all))
    yield* readdirSync(all)
      .sort((one, other) => Number(other) - Number(one))
      .map((version) => join(all, version, 'bin'));
  try {
    yield execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // It is not installed either.
  }
}
