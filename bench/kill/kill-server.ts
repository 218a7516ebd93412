import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import { scriptedUpstream } from 'nexusai-hub/testing';

import { checkCopy } from '../../adapters/storage/sqlite/check-copy.ts';
import { findDriver } from '../../adapters/storage/sqlite/find-driver.ts';
import { answerLikeOpenAI } from '../../test/clients/served-hub.ts';
import { startCommandLine, type Started } from '../../test/services/command-line.ts';
import { chanceOf } from '../tokens/chance.ts';
import { Callers } from './callers.ts';

/** How often a server is killed, and how it keeps its records. */
export interface KillOrder {
  /** The built server. */
  readonly program: string;
  readonly durability: 'batched' | 'acknowledged';
  readonly kills: number;
  /** Moments of the same seed are the same. */
  readonly seed: number;
  readonly told?: (kill: Kill) => void;
}

/** What one kill left. */
export interface Kill {
  /** Since the first answer had ended. */
  readonly afterMs: number;
  /** Answers whose end a client saw. */
  readonly ends: number;
  /** Those of them that are not in the ledger, and how long before the kill the first of them was seen. */
  readonly missing: number;
  readonly missingForMs: number;
  /** What the database says of itself; `ok`. */
  readonly database: string;
}

/** What all of them left. */
export interface Killed {
  readonly kills: readonly Kill[];
  /** Kills that a server told of which was started later. */
  readonly toldOf: number;
}

const CALLERS = 16;
const LATEST_MS = 1_500;
const TELLS_WITHIN_MS = 10_000;
const PARTS = ['', '-wal', '-shm'];

/** Starts a server over one database again and again, and kills it under load, at moments of chance. */
export async function killServer({ program, durability, kills, seed, told }: KillOrder): Promise<Killed> {
  const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-kill-'));
  const upstream = await scriptedUpstream(answerLikeOpenAI);
  const config = join(folder, 'nexus.yaml');
  writeFileSync(config, configOf(upstream.url, durability));
  const chance = chanceOf(seed);
  const servers: Started[] = [];
  const start = (): Started => {
    const server = startCommandLine({ folder, program: [program], parameters: ['--config', config] });
    servers.push(server);
    return server;
  };
  try {
    const all: Kill[] = [];
    for (let round = 0; round < kills; round++) {
      const kill = await killOnce(start(), `kill-${round}`, chance.next() * LATEST_MS, folder);
      told?.(kill);
      all.push(kill);
    }
    const last = start();
    await Promise.race([last.says(tells(servers.at(-2))), pause(TELLS_WITHIN_MS)]);
    last.child.kill('SIGTERM');
    await last.ended;
    const said = servers.map(({ output }) => output.err).join('');
    const toldOf = servers.filter((server) => said.includes(tells(server))).length;
    return { kills: all, toldOf };
  } finally {
    for (const { child } of servers) child.kill('SIGKILL');
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A part of what is said of a server that came to a sudden end. */
function tells(server: Started | undefined): string {
  return `"pid":${server?.child.pid},`;
}

/** The file of a server in front of one provider, which keeps its records in this way. */
export function configOf(upstream: string, durability: KillOrder['durability']): string {
  return JSON.stringify({
    providers: [{ id: 'p', kind: 'openai-compatible', server_url: `${upstream}/v1`, models: ['m'] }],
    limits: { requests_per_second: 1_000_000 },
    // On a busy machine, too, nobody is sent away.
    shedding: false,
    records: { durability, acknowledge_within_ms: 60_000 },
  });
}

async function killOnce(server: Started, name: string, afterMs: number, folder: string): Promise<Kill> {
  const url = await server.firstLine();
  const callers = new Callers(url, name, CALLERS);
  await callers.begun;
  await pause(afterMs);
  const killedAtMs = performance.now();
  server.child.kill('SIGKILL');
  await Promise.all([server.ended, callers.over]);
  const ends = callers.seen.filter(({ ending }) => ending === 'whole');
  const { database, kept } = await lookInto(join(folder, 'data', 'ledger.db'), folder);
  const missing = ends.filter(({ requestId }) => !kept.has(requestId));
  const missingForMs = Math.max(0, ...missing.map(({ atMs }) => killedAtMs - atMs));
  return { afterMs, ends: ends.length, missing: missing.length, missingForMs, database };
}

/** Looks at a copy: the next server is to find the database as the killed one left it. */
async function lookInto(file: string, folder: string): Promise<{ database: string; kept: ReadonlySet<string> }> {
  const copy = join(folder, 'copy.db');
  for (const part of PARTS) {
    rmSync(copy + part, { force: true });
    if (existsSync(file + part)) copyFileSync(file + part, copy + part);
  }
  try {
    checkCopy(await findDriver(), copy);
    return { database: 'ok', kept: await requestsIn(copy) };
  } catch (cause) {
    return { database: String(cause), kept: new Set() };
  }
}

/** Ids of the requests that a database knows. */
export async function requestsIn(file: string): Promise<ReadonlySet<string>> {
  const ledger = sqliteLedger({ file, thread: false });
  const ids = new Set<string>();
  for await (const { requestId } of ledger.attempts({})) ids.add(requestId);
  await ledger.close();
  return ids;
}
