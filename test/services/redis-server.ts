import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type Service, startService } from './service.ts';
import { freePort, until } from './waiting.ts';

const HOST = '127.0.0.1';

/** Whether this machine has the programs. Where services are required their absence fails a test, and skips none. */
export const hasRedis: boolean =
  process.env['NEXUS_REQUIRE_SERVICES'] === '1' ||
  ['redis-server', 'redis-cli'].every((program) => spawnSync(program, ['--version']).status === 0);

if (!hasRedis)
  process.stderr.write('SKIPPED: tests against a real Redis: redis-server or redis-cli is not installed here.\n');

/** A Redis that a test can hurt. It comes back to the same place: its port is one that the system gives to nobody. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** It keeps its sockets and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** It is gone at once, and its data with it. */
  kill(): Promise<void>;
  /** Comes back, empty. */
  restart(): Promise<void>;
  /** Runs `redis-cli` against it, and resolves with what it printed. */
  cli(...args: readonly string[]): Promise<string>;
  /** Ends it for good and removes its files. */
  stop(): Promise<void>;
}

/** Starts a single server on a free port. */
export function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  return start(settings);
}

async function start(settings: readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', HOST, '--dir', folder, '--save', '', '--appendonly', 'no'];
  const begin = async (): Promise<Service> => {
    const begun = await startService('redis-server', [...args, ...settings]);
    await whenReady(port);
    return begun;
  };
  let service = await begin();
  return {
    url: `redis://${HOST}:${port}`,
    port,
    freeze: () => service.freeze(),
    thaw: () => service.thaw(),
    kill: () => service.kill(),
    async restart() {
      service = await begin();
    },
    cli: (...asked) => cli(['-h', HOST, '-p', String(port), ...asked]),
    async stop() {
      await service.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Three masters that share the hash slots. */
export interface RedisCluster {
  readonly urls: readonly string[];
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

/** Starts a cluster of three nodes. Resolves when every node says that it is whole. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () =>
      // The port of the nodes among themselves is 10,000 higher unless told, and that may be taken or not exist.
      start(['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())]),
    ),
  );
  await cli(['--cluster', 'create', ...nodes.map(({ port }) => `${HOST}:${port}`), '--cluster-yes']);
  for (const node of nodes)
    await until(async () => (await node.cli('cluster', 'info')).includes('cluster_state:ok'), 'the cluster is whole');
  return {
    urls: nodes.map(({ url }) => url),
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function cli(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', args);
  return stdout;
}

function whenReady(port: number): Promise<void> {
  return until(() => answersPing(port), `a Redis answers on port ${port}`);
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => socket.write('PING\r\n'));
    const end = (answers: boolean) => () => {
      socket.destroy();
      resolve(answers);
    };
    // One with a password says so.
    socket.once('data', (bytes) => end(/^(\+PONG|-NOAUTH)/.test(bytes.toString()))());
    socket.once('error', end(false));
    socket.once('close', end(false));
  });
}
