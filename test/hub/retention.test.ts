import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { memoryLedger, NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';

import { entry, NOON } from '../storage/entries.ts';

const DAY_MS = 86_400_000;
const sqliteLike = { create: () => undefined, check: () => undefined, restore: () => undefined };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-kept-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function hubWith(options: Partial<NexusHubOptions>): NexusHub {
  return new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }) }, ...options });
}

describe('retention of a hub', () => {
  it('P4: archives what its ledger has kept for long enough, and keeps its sums', async () => {
    const archive = join(folder, 'archive');
    const ledger = sqliteLedger({ file: join(folder, 'ledger.db'), thread: false });
    await ledger.append([entry(), entry({ conversationId: 'late', startedAtMs: NOON + 20 * DAY_MS })]);
    const clock = manualClock(NOON + 31 * DAY_MS);
    const hub = hubWith({ ledger, clock, retention: { days: 30, archive } });
    await clock.advance(60_000);
    const files = (): string[] => (existsSync(archive) ? readdirSync(archive) : []);
    await expect.poll(files).toEqual(['2026-03.0001.jsonl.gz', '2026-03.0001.manifest.json']);
    await expect.poll(() => ledger.conversation('c-1')).toEqual([]);
    expect(await ledger.conversation('late')).toHaveLength(1);
    expect((await ledger.summary({})).requests).toBe(2);
    await hub.close();
  });

  it('is refused where nothing can be taken out of the ledger', () => {
    const retention = { archive: join(folder, 'archive') };
    expect(() => hubWith({ retention })).toThrow('retention needs a ledger out of which entries can be taken');
    expect(() => hubWith({ retention, ledger: memoryLedger() })).toThrow('The one given has no such functions');
    expect(() => hubWith({ retention: 'off' })).not.toThrow();
  });

  it.each<[string, object]>([
    ['retention: expected months or days, not both', { retention: { months: 1, days: 1, archive: 'a' } }],
    ['retention.archive', { retention: { months: 1 } }],
    ['retention.months', { retention: { months: 0, archive: 'a' } }],
    ['retention', { retention: 'never' }],
    ['backups.database: expected an object with the function', { backups: { database: {}, folder: 'b' } }],
    ['backups.keep', { backups: { database: sqliteLike, folder: 'b', keep: 0 } }],
    ['backups.everyMs', { backups: { database: sqliteLike, folder: 'b', everyMs: 5 } }],
    ['backups.folder', { backups: { database: sqliteLike, folder: '' } }],
  ])('says what is wrong: %s', (message, options) => {
    expect(() => hubWith(options)).toThrow(message);
  });
});
