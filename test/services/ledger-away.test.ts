import { join } from 'node:path';

import { postgresLedger } from 'nexusai-hub/adapters/postgres';
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { Ledger } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { checkCopy } from '../../adapters/storage/sqlite/check-copy.ts';
import { findDriver } from '../../adapters/storage/sqlite/find-driver.ts';
import { keptLog } from '../bookkeeping/log.ts';
import { harness, PLAIN } from '../request-path/harness.ts';
import { all } from '../storage/entries.ts';
import { createDatabase, hasPostgres } from './postgres-server.ts';
import { canMount, mountSmallDisk } from './small-disk.ts';
import { startSwitchedProxy } from './switched-proxy.ts';

/** A database that can be taken away, and brought back. */
interface Place {
  readonly ledger: Required<Ledger>;
  readonly goAway: () => Promise<void> | void;
  readonly comeBack: () => Promise<void> | void;
  /** So long it says nothing; then it counts as away. */
  readonly silentForMs: number;
  /** The code of what the ledger says meanwhile. */
  readonly error: string;
  /** After the ledger was closed. */
  readonly close: () => Promise<void>;
}

const PLACES: readonly { name: string; isHere: boolean; make: () => Promise<Place> }[] = [
  { name: 'a disk that is full', isHere: canMount, make: fullDisk },
  { name: 'a PostgreSQL that is gone', isHere: hasPostgres, make: () => proxiedPostgres('refuse', 'unavailable') },
  { name: 'a PostgreSQL that hangs', isHere: hasPostgres, make: () => proxiedPostgres('hang', 'silent') },
];

async function fullDisk(): Promise<Place> {
  const disk = mountSmallDisk('size=4m');
  const file = join(disk.folder, 'ledger.db');
  return {
    ledger: sqliteLedger({ file }),
    goAway: () => disk.fill(),
    comeBack: () => disk.free(),
    silentForMs: 0,
    error: 'full',
    async close() {
      expect(checkCopy(await findDriver(), file)).toBeGreaterThan(0);
      disk.close();
    },
  };
}

async function proxiedPostgres(mode: 'refuse' | 'hang', error: string): Promise<Place> {
  const database = await createDatabase();
  const url = new URL(database.url);
  const proxy = await startSwitchedProxy(Number(url.port || 5432), url.hostname);
  [url.hostname, url.port] = ['127.0.0.1', String(proxy.port)];
  return {
    ledger: postgresLedger({ url: url.href }),
    goAway: () => proxy[mode](),
    comeBack: () => proxy.pass(),
    silentForMs: mode === 'hang' ? 10_000 : 0,
    error,
    async close() {
      await proxy.close();
      await database.drop();
    },
  };
}

/** A ledger, and when it has nothing to write. */
function watched(ledger: Required<Ledger>): { readonly ledger: Ledger; readonly idle: () => Promise<void> } {
  let writing: Promise<void> = Promise.resolve();
  const append: Ledger['append'] = (entries) => {
    const written = ledger.append(entries);
    writing = written.catch(() => undefined);
    return written;
  };
  return { ledger: { ...ledger, append }, idle: () => writing };
}

const BEFORE = 10;
const MEANWHILE = 120;
const MOST_QUEUED = 80;
const SECONDS = 60;

describe.each(PLACES)('$name, for a minute', ({ isHere, make }) => {
  it.skipIf(!isHere)(
    'P1: is nothing to requests, costs what there is no room for, and then all is written',
    async () => {
      const place = await make();
      const log = keptLog();
      const writes = watched(place.ledger);
      const { hub, clock } = harness(
        { a: scriptedProvider({ says: 'Hi' }) },
        { ledger: writes.ledger, records: { maxQueued: MOST_QUEUED }, logger: log },
      );
      const ask = async (number: number): Promise<void> => {
        const before = clock.elapsed();
        const answer = await hub.chat.completions.create(PLAIN, { conversationId: `c-${number}` });
        expect(answer.choices[0]?.message.content).toBe('Hi');
        expect(clock.elapsed()).toBe(before);
      };
      const now = (): ReturnType<typeof hub.stats.now>['ledger'] => hub.stats.now().ledger;
      /** Lets time pass as it really does, which a database goes by, until it is so. */
      const until = async (isSo: () => boolean): Promise<void> => {
        let atMs = performance.now();
        while (!isSo()) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          const ms = Math.floor(performance.now() - atMs);
          atMs += ms;
          await clock.advance(ms);
        }
      };
      try {
        await place.ledger.open();
        for (let number = 0; number < BEFORE; number++) await ask(number);
        await until(() => now().written === BEFORE);

        await place.goAway();
        for (let second = 0; second < SECONDS; second++) {
          for (let count = 0; count < MEANWHILE / SECONDS; count++)
            await ask(BEFORE + second * (MEANWHILE / SECONDS) + count);
          if (second === 0) {
            // The first batch goes out after a moment, and then waits for its answer.
            await clock.advance(10);
            await clock.advance(place.silentForMs);
            await until(() => now().state === 'away');
          }
          await clock.advance(1_000);
          // Its thread goes by real time: it is not to look silent because the clock went on meanwhile.
          if (place.silentForMs === 0) await writes.idle();
        }
        expect(now().lastError).toBe(place.error);
        expect(now()).toMatchObject({
          state: 'away',
          written: BEFORE,
          queued: MOST_QUEUED,
          dropped: MEANWHILE - MOST_QUEUED,
          refused: 0,
        });

        await place.comeBack();
        // It is tried again after two seconds at the latest.
        await clock.advance(2_000);
        await until(() => now().queued === 0);
        await ask(BEFORE + MEANWHILE);
        await until(() => now().written === BEFORE + MOST_QUEUED + 1);
        expect(now()).toMatchObject({ state: 'well', dropped: MEANWHILE - MOST_QUEUED, refused: 0 });

        // What came first is there, once and in its order, and what is missing is one stretch.
        const kept = (await all(place.ledger.attempts({}))).map(({ conversationId }) => conversationId);
        const first = Array.from({ length: BEFORE + MOST_QUEUED }, (_, number) => `c-${number}`);
        expect(new Set(kept)).toEqual(new Set([...first, `c-${BEFORE + MEANWHILE}`]));
        expect(kept).toHaveLength(BEFORE + MOST_QUEUED + 1);
        expect(await place.ledger.summary({})).toMatchObject({ requests: kept.length });
        expect(log.lines.map(({ line }) => line)).toEqual([
          'warn the ledger does not take records: they wait, and are tried again',
          'error no more records can wait for the ledger: what comes now is lost',
          'warn the ledger takes records again',
          'warn there is room for records again: so many were lost for want of it',
        ]);
      } finally {
        await place.comeBack();
        let isClosed = false;
        void hub.close().then(() => (isClosed = true));
        await until(() => isClosed);
        await place.close();
      }
    },
    60_000,
  );
});

describe.skipIf(!canMount)('a disk', () => {
  it('that is full is told of by its name, and has a ledger when there is room', async () => {
    const disk = mountSmallDisk('size=4m');
    const file = join(disk.folder, 'data', 'ledger.db');
    const ledger = sqliteLedger({ file, thread: false });
    try {
      disk.fill();
      await expect(ledger.open()).rejects.toMatchObject({ name: 'LedgerError', code: 'full' });
      disk.free();
      await ledger.open();
      expect(await ledger.summary({})).toMatchObject({ requests: 0 });
    } finally {
      await ledger.close();
      disk.close();
    }
  });

  it('that may not be written to is told of, also to who may do everything', async () => {
    const disk = mountSmallDisk('size=64k,ro');
    const ledger = sqliteLedger({ file: join(disk.folder, 'ledger.db'), thread: false });
    try {
      await expect(ledger.open()).rejects.toMatchObject({ name: 'LedgerError', code: 'read_only' });
    } finally {
      await ledger.close();
      disk.close();
    }
  });
});
