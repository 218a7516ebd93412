import { connect, createServer, type Socket } from 'node:net';

import { postgresLedger, type PostgresDatabaseOptions } from 'nexusai-hub/adapters/postgres';
import type { Ledger } from 'nexusai-hub/ports';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { all, entry } from '../storage/entries.ts';
import { hasPostgresPrograms, type PostgresPair, type PostgresServer, startPostgresPair } from './postgres-pair.ts';

/** After a failure a replica is left alone for so long. */
const LEFT_ALONE_MS = 10_000;
const LOOK_EVERY_MS = 1_000;

describe.skipIf(!hasPostgresPrograms)('postgresLedger with a replica', { timeout: 30_000 }, () => {
  let pair: PostgresPair;
  let schema: string;
  let schemas = 0;
  let line: Line | undefined;
  const ledgers: Required<Ledger>[] = [];

  beforeAll(async () => {
    pair = await startPostgresPair();
  }, 60_000);
  afterAll(() => pair?.stop());
  beforeEach(async () => {
    // What a ledger asks for the time; the driver's own timers go on.
    vi.useFakeTimers({ toFake: ['performance'] });
    // Takes less than a database of its own.
    schema = `ledger_${schemas++}`;
    await pair.primary.query(`create schema ${schema}`);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await line?.close();
    line = undefined;
    for (const ledger of ledgers.splice(0)) await ledger.close();
    await pair.replica.query('select pg_wal_replay_resume()');
  });

  function urlOf({ port }: Pick<PostgresServer, 'port'>): string {
    return `postgresql://postgres@127.0.0.1:${port}/postgres?options=-csearch_path%3D${schema}`;
  }

  function open(options: Partial<PostgresDatabaseOptions> = {}): Required<Ledger> {
    const ledger = postgresLedger({ url: urlOf(pair.primary), replicaUrl: urlOf(pair.replica), ...options });
    ledgers.push(ledger);
    return ledger;
  }

  /** One whose replica has its tables, and an entry. */
  async function begun(options: Partial<PostgresDatabaseOptions> = {}): Promise<Required<Ledger>> {
    const ledger = open(options);
    await ledger.append([entry()]);
    await pair.caughtUp();
    return ledger;
  }

  /** It goes on to take the log, and does nothing with it: it stays as it is now. */
  async function holdBack(): Promise<void> {
    await pair.replica.query('select pg_wal_replay_pause()');
  }

  const requestsIn = async (ledger: Ledger): Promise<number> => (await ledger.summary({})).requests;

  it('shows what the replica has, and asks the primary for what it decides by', async () => {
    const ledger = await begun();
    await holdBack();
    await ledger.append([entry(), entry({ conversationId: 'c-2' })]);
    expect(await ledger.summary({})).toMatchObject({ requests: 1, conversations: 1 });
    expect(await ledger.usage({ groupBy: ['model'] })).toMatchObject([{ requests: 1 }]);
    expect((await ledger.conversations({ limit: 10 })).data).toHaveLength(1);
    expect(await all(ledger.attempts({}))).toHaveLength(1);
    expect(await all(ledger.messages({}))).toHaveLength(2);
    expect(await ledger.conversation('c-2')).toHaveLength(1);
    expect(await ledger.spentSince(0)).toEqual(new Map([['app', 3 * 450_000]]));
    expect(await all(ledger.expired(Number.MAX_SAFE_INTEGER))).toHaveLength(3);
    await pair.replica.query('select pg_wal_replay_resume()');
    await pair.caughtUp();
    expect(await requestsIn(ledger)).toBe(3);
  });

  it('asks the primary while the replica is dead, and the replica again when it is back', async () => {
    const ledger = await begun();
    expect(await requestsIn(ledger)).toBe(1);
    await pair.replica.kill();
    await ledger.append([entry()]);
    expect(await requestsIn(ledger)).toBe(2);
    expect(await ledger.usage({ groupBy: ['model'] })).toMatchObject([{ requests: 2 }]);
    await pair.replica.restart();
    await pair.caughtUp();
    await holdBack();
    await ledger.append([entry()]);
    // Not at once: who comes and goes is not asked each time.
    expect(await requestsIn(ledger)).toBe(3);
    vi.advanceTimersByTime(LEFT_ALONE_MS);
    expect(await requestsIn(ledger)).toBe(2);
  });

  it('begins without its replica', async () => {
    await pair.replica.kill();
    const ledger = open();
    await ledger.append([entry()]);
    expect(await requestsIn(ledger)).toBe(1);
    await pair.replica.restart();
  });

  it('asks the primary while the replica is too far behind, from the first question on', async () => {
    const first = await begun();
    await holdBack();
    await first.append([entry()]);
    const ledger = open({ maxLagMs: 1 });
    expect(await requestsIn(ledger)).toBe(2);
    await pair.replica.query('select pg_wal_replay_resume()');
    await pair.caughtUp();
    vi.advanceTimersByTime(LOOK_EVERY_MS);
    // However long ago the last commit was: it is all there is.
    expect(await requestsIn(ledger)).toBe(2);
    await holdBack();
    await first.append([entry()]);
    expect(await requestsIn(ledger)).toBe(2);
    vi.advanceTimersByTime(LOOK_EVERY_MS);
    expect(await requestsIn(ledger)).toBe(3);
  });

  it('asks the primary while the replica has no tables yet', async () => {
    await holdBack();
    const ledger = open();
    await ledger.append([entry()]);
    expect(await requestsIn(ledger)).toBe(1);
  });

  it('does not wait for a replica that is silent as long as a question may take', async () => {
    line = await startLine(pair.replica.port);
    const ledger = await begun({ replicaUrl: urlOf(line), connectTimeoutMs: 2_000 });
    expect(await requestsIn(ledger)).toBe(1);
    line.freeze();
    await ledger.append([entry()]);
    vi.advanceTimersByTime(LOOK_EVERY_MS);
    expect(await Promise.all([requestsIn(ledger), requestsIn(ledger)])).toEqual([2, 2]);
  });

  it('closes in time while its replica is silent, also in the middle of a question', async () => {
    line = await startLine(pair.replica.port);
    const ledger = await begun({ replicaUrl: urlOf(line), connectTimeoutMs: 2_000 });
    expect(await requestsIn(ledger)).toBe(1);
    line.freeze();
    const asked = requestsIn(ledger).catch((cause: unknown) => cause);
    // Until it is on its way.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    // The line stays silent: to wait for an answer would be to wait for ever.
    await ledger.close();
    // It was asked of the replica, and then of the primary, which is closed.
    expect(await asked).toBeInstanceOf(Error);
  });

  it('says that the primary is dead, goes on to show, and writes again when it is back', async () => {
    const ledger = await begun();
    expect(await requestsIn(ledger)).toBe(1);
    await pair.primary.kill();
    const unavailable = { name: 'LedgerError', code: 'unavailable', message: expect.stringContaining('PostgreSQL') };
    const unwritten = entry();
    await expect(ledger.append([unwritten])).rejects.toMatchObject(unavailable);
    await expect(ledger.conversation('c-1')).rejects.toMatchObject(unavailable);
    vi.advanceTimersByTime(LOOK_EVERY_MS);
    expect(await requestsIn(ledger)).toBe(1);
    await pair.primary.restart();
    await ledger.append([unwritten]);
    await pair.caughtUp();
    vi.advanceTimersByTime(LOOK_EVERY_MS);
    expect(await requestsIn(ledger)).toBe(2);
  });
});

/** A line to a server that can go dead without breaking. */
interface Line {
  readonly port: number;
  freeze(): void;
  close(): Promise<void>;
}

async function startLine(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('The line does not listen.');
  return {
    port: address.port,
    freeze: () => sockets.forEach((socket) => socket.unpipe().pause()),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
