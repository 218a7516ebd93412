import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { memoryAuditLog, NexusHub, type NexusHubOptions, verifyAuditArchives } from 'nexusai-hub';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import type { AuditLog } from 'nexusai-hub/ports';
import { type ManualClock, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptLog } from '../bookkeeping/log.ts';
import { auditEntry } from '../storage/audit-entry.ts';

const NOW = Date.UTC(2026, 10, 26, 12);
const HOUR_MS = 3_600_000;
const ADMIN = { name: 'boss', key: 'sk-boss-0123456789-0123456789', role: 'admin' };
const CLERK = { name: 'clerk', key: 'sk-clerk-0123456789-0123456789', role: 'clerk' };

let folder: string;
let archive: string;
let clock: ManualClock;
let log: AuditLog;
const open: NexusHub[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-audit-kept-'));
  archive = join(folder, 'archive');
  clock = manualClock(NOW);
  log = memoryAuditLog({ maxEntries: 100_000 });
  const times = [Date.UTC(2024, 9, 31, 23), Date.UTC(2024, 10, 1), Date.UTC(2024, 10, 30)];
  await log.append(times.map((atMs, place) => auditEntry(`e${place}`, { atMs })));
});
afterEach(async () => {
  for (const hub of open.splice(0)) await hub.close({ drainMs: 0 });
  rmSync(folder, { recursive: true });
});

function hubWith(options: Partial<NexusHubOptions> = {}): NexusHub {
  const hub = new NexusHub({
    providers: { main: scriptedProvider({ says: 'Hi' }) },
    clock,
    audit: { retention: { archive } },
    control: { stores: { audit: log } },
    ...options,
  });
  open.push(hub);
  return hub;
}
const files = (): string[] => (existsSync(archive) ? readdirSync(archive) : []);
const sequences = async (): Promise<number[]> => (await log.after(0, 100)).map(({ sequence }) => sequence);

describe('retention of the audit log', () => {
  it('archives whole months that are older than two years, says so in the log, and again when the next one is over', async () => {
    const hub = hubWith();
    await clock.advance(59_999);
    expect(files()).toEqual([]);
    await clock.advance(1);
    await expect.poll(sequences).toEqual([2, 3, 4]);
    const file = join(archive, 'audit-2024-10.0001.jsonl.gz');
    const [, , note] = await log.after(0, 100);
    expect(note).toMatchObject({ kind: 'action', action: 'audit.archive', actor: null, outcome: 'ok' });
    expect(note?.target).toBe('audit-2024-10.0001.jsonl.gz');
    await expect.poll(() => readFileSync(file.replace('jsonl.gz', 'manifest.json'), 'utf8')).toContain('2026');
    const manifest = JSON.parse(readFileSync(file.replace('jsonl.gz', 'manifest.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const { month, entries, after, last, bytes, sha256 } = manifest;
    // So that the chain itself tells the file from every other.
    expect(JSON.parse(note?.details ?? '')).toEqual({ after: { month, entries, follows: after, last, bytes, sha256 } });
    expect(await hub.admin.audit.verify()).toMatchObject({ broken: undefined, from: last, checked: 3 });
    expect(await verifyAuditArchives([file], { log })).toMatchObject({ broken: undefined, checked: 1 });

    // Its next time is set when the file system is done.
    await clock.advance(5 * 24 * HOUR_MS);
    const anHourLater = async (): Promise<number[]> => {
      await clock.advance(HOUR_MS);
      return sequences();
    };
    await expect.poll(anHourLater).toEqual([4, 5]);
    const both = files().filter((name) => name.endsWith('.gz'));
    expect(both).toEqual(['audit-2024-10.0001.jsonl.gz', 'audit-2024-11.0001.jsonl.gz']);
    const paths = both.map((name) => join(archive, name));
    expect(await verifyAuditArchives(paths, { log })).toMatchObject({ broken: undefined, checked: 3 });
    expect(gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')).toHaveLength(1);
  });

  it('is done by one of the hubs that share a database', async () => {
    const file = join(folder, 'ledger.db');
    const options = (): Partial<NexusHubOptions> => ({
      database: sqliteDatabase({ file, thread: false }),
      control: { masterKeys: ['3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53'] },
      keys: [ADMIN],
    });
    const first = options();
    await first.database?.open?.();
    await first.database?.audit?.append([auditEntry('old', { atMs: Date.UTC(2024, 0, 1) })]);
    const other = options();
    await other.database?.open?.();
    // Whoever has the task at the moment.
    const claim = { task: 'audit-retention', owner: 'another process', nowMs: NOW, untilMs: NOW + 2 * HOUR_MS };
    await other.database?.ledger?.claim?.(claim);
    const hub = hubWith(first);
    await hub.ready();
    await clock.advance(60_000);
    await expect.poll(() => clock.pending).toBeGreaterThan(0);
    expect(files()).toEqual([]);
    await clock.advance(3 * HOUR_MS);
    await expect.poll(async () => (await other.database?.audit?.head())?.checkpoint.sequence).toBe(1);
    await other.database?.close?.();
  });

  it('tells the log of the hub what is in its way, and takes nothing out', async () => {
    const logger = keptLog();
    let isAway = true;
    const away: AuditLog = {
      append: (entries) => (isAway ? Promise.reject(new Error('The log takes nothing.')) : log.append(entries)),
      page: (query) => log.page(query),
      after: (sequence, limit) => log.after(sequence, limit),
      head: () => log.head(),
      remove: (upTo) => log.remove(upTo),
    };
    hubWith({ control: { stores: { audit: away } }, logger });
    await clock.advance(60_000);
    const said = 'error old entries of the audit log could not be archived; it is tried again';
    await expect
      .poll(async () => {
        await clock.advance(5_000);
        return logger.lines.map(({ line }) => line);
      })
      .toContain(said);
    expect(await sequences()).toEqual([1, 2, 3]);
    isAway = false;
    await expect
      .poll(async () => {
        await clock.advance(HOUR_MS);
        return (await log.head()).checkpoint.sequence;
      })
      .toBe(1);
  });

  it('is said by the options alone: nobody who may change the configuration can switch it off or shorten it', async () => {
    const hub = hubWith({
      keys: [ADMIN, CLERK],
      roles: { clerk: ['config.read', 'config.write', 'audit.read'] },
      audit: { retention: { months: 240, archive } },
    });
    await hub.ready();
    const send = (method: string, path: string, key: string, body: object): Promise<Response> =>
      hub.fetch(`http://hub${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const wishes = [
      { audit: { requests: 'admin' } },
      { audit: { retention: { days: 1, archive: folder } } },
      { audit: { retention: 'off' } },
      { audit: null },
      { retention: { days: 1 }, audit: {} },
    ];
    for (const { key } of [ADMIN, CLERK])
      for (const body of wishes)
        for (const [method, path] of [
          ['PUT', '/config'],
          ['POST', '/config/preview'],
        ] as const) {
          const response = await send(method, path, key, body);
          expect([body, response.status]).toEqual([body, 400]);
          expect(await response.text()).toMatch(/holds from the start of the server/);
        }
    await expect(hub.admin.config.apply({ audit: { retention: 'off' } })).rejects.toThrow(/holds from the start/);
    await hub.audit.settled();
    // Each of them has left its trace.
    const { data } = await log.page({ limit: 100, action: 'PUT /config', outcome: 'refused' });
    expect(data.map(({ actor }) => actor).sort()).toEqual([...wishes.map(() => 'boss'), ...wishes.map(() => 'clerk')]);
    await clock.advance(60_000);
    await expect.poll(() => clock.pending).toBeGreaterThan(0);
    expect([files(), (await log.head()).checkpoint.sequence]).toEqual([[], 0]);
  });

  it.each<[string, Partial<NexusHubOptions>]>([
    ['audit.retention needs an audit log that lasts', { audit: { retention: { archive: 'a' } }, control: {} }],
    ['audit.retention', { audit: { retention: 'never' as 'off' } }],
    ['audit.retention.archive', { audit: { retention: { months: 1 } as never } }],
    [
      'audit.retention: expected months or days, not both',
      { audit: { retention: { months: 1, days: 1, archive: 'a' } } },
    ],
  ])('says what is wrong: %s', (message, options) => {
    expect(() => hubWith(options)).toThrow(message);
  });
});
