import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type ManualClock, manualClock } from 'nexusai-hub/testing';

import { ledgerRetention } from '../../src/data/ledger-retention.ts';
import { Retention } from '../../src/data/retention.ts';
import { type RetentionPeriod, startOfRetention } from '../../src/data/retention-period.ts';
import { TaskOwner } from '../../src/data/task-owner.ts';
import { recordingLogger } from './recording-logger.ts';
import { entryAt, type OldLedger, oldLedger } from './old-ledger.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 30, 12);

describe('what is kept', () => {
  it.each<[string, RetentionPeriod, string]>([
    ['2026-11-25T10:00:00.000Z', { months: 6 }, '2026-05-25T10:00:00.000Z'],
    ['2026-08-31T10:00:00.000Z', { months: 6 }, '2026-02-28T10:00:00.000Z'],
    ['2028-08-31T10:00:00.000Z', { months: 6 }, '2028-02-29T10:00:00.000Z'],
    ['2026-01-15T00:00:00.000Z', { months: 13 }, '2024-12-15T00:00:00.000Z'],
    ['2026-03-01T00:00:00.000Z', { days: 1 }, '2026-02-28T00:00:00.000Z'],
  ])('%s, %j: since %s', (now, period, since) => {
    expect(new Date(startOfRetention(Date.parse(now), period)).toISOString()).toBe(since);
  });
});

describe('retention', () => {
  let folder: string;
  let clock: ManualClock;
  let retention: Retention | undefined;
  const { logger, lines } = recordingLogger();

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'nexusai-hub-retention-')), 'archive');
    clock = manualClock(NOW);
    lines.length = 0;
  });
  afterEach(async () => {
    await retention?.close();
    expect(clock.pending).toBe(0);
    rmSync(join(folder, '..'), { recursive: true });
  });

  function start(ledger: OldLedger): Retention {
    const settings = { period: { months: 6 }, archive: folder, everyMs: HOUR_MS };
    return (retention = new Retention(ledgerRetention(ledger, settings, clock), new TaskOwner(ledger, clock), { clock, logger }));
  }
  /** Lets time pass until what the file system does in it is done. */
  const pass = async (ms: number, isDone: () => boolean): Promise<void> => {
    await clock.advance(ms);
    await expect.poll(isDone).toBe(true);
    // The next time is scheduled then.
    await expect.poll(() => clock.pending).toBe(1);
  };
  const old = Date.UTC(2026, 4, 30, 12);

  it('P4: archives what is older than it keeps, and again when more is', async () => {
    const ledger = oldLedger([entryAt(old - 1, 1), entryAt(old + HOUR_MS, 2)]);
    start(ledger);
    await clock.advance(59_999);
    expect(existsSync(folder)).toBe(false);
    await pass(1, () => ledger.entries.size === 1);
    expect(lines).toEqual([['info', 'old conversations were archived', { archives: 1, entries: 1, folder }]]);
    await pass(HOUR_MS, () => ledger.entries.size === 0);
    expect(readdirSync(folder).filter((name) => name.endsWith('.gz'))).toHaveLength(2);
  });

  it('leaves it to another hub that has taken it on', async () => {
    const ledger = oldLedger([entryAt(old - 1, 1)]);
    ledger.mayClaim = false;
    start(ledger);
    await pass(60_000, () => true);
    expect(ledger.entries.size).toBe(1);
    ledger.mayClaim = true;
    await pass(HOUR_MS, () => ledger.entries.size === 0);
  });

  it('tells the log what is in its way, removes nothing, and tries again', async () => {
    const ledger = oldLedger([entryAt(old - 1, 1)]);
    writeFileSync(folder, 'a file');
    start(ledger);
    await pass(60_000, () => lines.length === 1);
    const [, message, { cause }] = lines[0]!;
    expect(message).toBe('old conversations could not be archived; it is tried again');
    expect((cause as Error).message).toContain('a file is where its folder should be');
    expect(ledger.entries.size).toBe(1);
    rmSync(folder);
    await pass(HOUR_MS, () => ledger.entries.size === 0);
  });

  it('stops when it is closed, and says nothing of it', async () => {
    const ledger = oldLedger(Array.from({ length: 150 }, (_, number) => entryAt(old - 1, number)));
    const closed = new Promise<void>((resolve) => {
      ledger.onRemove = () => {
        if (ledger.removals.length === 0) resolve(retention!.close());
      };
    });
    start(ledger);
    await clock.advance(60_000);
    await closed;
    expect(ledger.removals).toEqual([100]);
    expect(lines).toEqual([]);
  });
});
