import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { verifyAuditArchives, verifyChain } from 'nexusai-hub';
import { postgresDatabase } from 'nexusai-hub/adapters/postgres';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import type { AuditLog, Database } from 'nexusai-hub/ports';
import { auditLogCases, type AuditLogPlace, manualClock } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findDriver } from '../../adapters/storage/sqlite/find-driver.ts';
import { archiveAudit } from '../../src/data/archive-audit.ts';
import { builtPrograms } from '../built-programs.ts';
import { createDatabase, hasPostgres } from '../services/postgres-server.ts';
import { auditEntry } from './audit-entry.ts';

const programOf = builtPrograms({ auditor: new URL('auditor.ts', import.meta.url) });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-audit-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A database, what processes name it by, and a way to its rows past all of us. */
interface Place {
  readonly name: string;
  open(): Required<Database>;
  spoil(sql: string): Promise<unknown>;
  close(): Promise<void> | void;
}

function filePlace(): Place {
  const file = join(folder, `${randomBytes(6).toString('hex')}.db`);
  return {
    name: file,
    open: () => sqliteDatabase({ file, thread: false }),
    async spoil(sql) {
      const connection = (await findDriver()).open(file);
      try {
        connection.prepare(sql).run([]);
      } finally {
        connection.close();
      }
    },
    close: () => undefined,
  };
}

async function postgresPlace(): Promise<Place> {
  const { url, query, drop } = await createDatabase();
  return { name: url, open: () => postgresDatabase({ url }), spoil: query, close: drop };
}

interface Kind {
  readonly name: string;
  readonly isHere: boolean;
  readonly make: () => Place | Promise<Place>;
  readonly skip?: Readonly<Record<string, string>>;
  /** What takes away that entries are not changed. */
  readonly unguard: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    name: 'SQLite',
    isHere: true,
    make: filePlace,
    skip: { race: 'Two connections in one thread wait for each other: see below.' },
    unguard: ['drop trigger audit_entries_unchanged', 'drop trigger audit_entries_kept'],
  },
  {
    name: 'PostgreSQL',
    isHere: hasPostgres,
    make: postgresPlace,
    unguard: ['drop rule audit_entries_unchanged on audit_entries', 'drop rule audit_entries_kept on audit_entries'],
  },
];

async function logOf({ audit, open, close }: Required<Database>): Promise<AuditLog> {
  await open();
  return { ...audit, close };
}

describe.each(KINDS)('$name', ({ isHere, make, skip = {}, unguard }) => {
  const place = async (): Promise<AuditLogPlace> => {
    const { open, close } = await make();
    return { open: () => logOf(open()), close };
  };
  const cases = auditLogCases(place, { skip });
  for (const { name, run, skipped } of cases) it.skipIf(skipped !== undefined || !isHere)(name, run);

  it.skipIf(!isHere)(
    'has one unbroken chain of four processes that append at once, two of which are killed',
    async () => {
      const place = await make();
      const log = await logOf(place.open());
      const told = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (name, number) => {
          const isKilled = number < 2;
          const child = spawn(process.execPath, [programOf('auditor'), place.name, name, isKilled ? '100000' : '40'], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          let written = 0;
          const lines = createInterface({ input: child.stdout });
          lines.on('line', (line) => {
            written = Number(line);
            if (isKilled && written >= 300 + number * 100) child.kill('SIGKILL');
          });
          await Promise.all([once(child, 'close'), once(lines, 'close')]);
          return { name, written };
        }),
      );
      const report = await verifyChain(log);
      expect(report).toMatchObject({ broken: undefined, from: { sequence: 0 } });
      const entries = await log.after(0, 100_000);
      expect(report.checked).toBe(entries.length);
      for (const { name, written } of told) {
        const own = entries.map(({ id }) => id).filter((id) => id.startsWith(`${name}-`));
        // All it was told of, and batches as a whole.
        expect(own.length).toBeGreaterThanOrEqual(written);
        expect(own.length % 25).toBe(0);
        expect(own).toEqual(
          Array.from({ length: own.length }, (_, place) => `${name}-${String(place + 1).padStart(6, '0')}`),
        );
      }
      await log.close?.();
      await place.close();
    },
    60_000,
  );

  it.skipIf(!isHere)('is archived in short steps while others append, and holds across the cut', async () => {
    const place = await make();
    const [log, other] = [await logOf(place.open()), await logOf(place.open())];
    const archive = join(folder, `archive-${randomBytes(6).toString('hex')}`);
    const old = 1_767_225_600_000;
    await log.append(Array.from({ length: 250 }, (_, number) => auditEntry(`old-${number}`, { atMs: old + number })));
    let young = 0;
    const report = await archiveAudit({
      log,
      folder: archive,
      beforeMs: old + 1_000,
      clock: manualClock(old + 2_000),
      signal: new AbortController().signal,
      goesOn: () => other.append([auditEntry(`young-${++young}`, { atMs: old + 2_000 })]),
      noted: (_archive, remove) => remove(),
    });
    expect(report).toEqual({ archives: 1, entries: 250 });
    expect(await verifyChain(log)).toMatchObject({ broken: undefined, from: { sequence: 250 }, checked: young });
    expect(young).toBeGreaterThan(2);
    const files = readdirSync(archive).filter((name) => name.endsWith('.gz'));
    const archived = await verifyAuditArchives(
      files.map((name) => join(archive, name)),
      { log },
    );
    expect(archived).toMatchObject({ broken: undefined, checked: 250, to: { sequence: 250 } });
    await Promise.all([log.close?.(), other.close?.()]);
    await place.close();
  });

  it.skipIf(!isHere)('refuses to change an entry, or to delete one that retention did not take', async () => {
    const place = await make();
    const log = await logOf(place.open());
    await log.append(['a', 'b', 'c'].map((id) => auditEntry(id)));
    const before = await log.after(0, 10);
    for (const sql of [
      `update audit_entries set actor = 'nobody' where sequence = 2`,
      'delete from audit_entries where sequence = 2',
      'delete from audit_entries',
      'delete from audit_chain',
    ])
      await place.spoil(sql).catch((cause: unknown) => expect(String(cause)).toMatch(/audit log/));
    expect(await log.after(0, 10)).toEqual(before);
    await log.close?.();
    await place.close();
  });

  it.skipIf(!isHere)('shows where somebody has changed, removed or cut it all the same', async () => {
    for (const [sql, broken] of [
      [`update audit_entries set actor = 'nobody' where sequence = 4`, { sequence: 4, problem: 'changed' }],
      ['delete from audit_entries where sequence = 4', { sequence: 4, problem: 'missing' }],
      ['delete from audit_entries where sequence >= 9', { sequence: 9, problem: 'missing' }],
      ['delete from audit_entries where sequence = 1', { sequence: 1, problem: 'missing' }],
    ] as const) {
      const place = await make();
      const log = await logOf(place.open());
      await log.append(Array.from({ length: 10 }, (_, number) => auditEntry(`entry-${number}`)));
      for (const one of unguard) await place.spoil(one);
      await place.spoil(sql);
      expect([sql, (await verifyChain(log)).broken]).toMatchObject([sql, broken]);
      await log.close?.();
      await place.close();
    }
  });
});

// Threads take long to start from their sources: one case shows that every step has its thread.
const race = auditLogCases(() => {
  const file = join(folder, 'threads.db');
  return { open: () => logOf(sqliteDatabase({ file })) };
}).find(({ id }) => id === 'race');
it(`SQLite in threads: ${race?.name}`, async () => race?.run(), 120_000);
