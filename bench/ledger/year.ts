import { rmSync } from 'node:fs';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { UsageQuery } from 'nexusai-hub/ports';
import { linesOf } from 'nexusai-hub/storage-kit';

import { openDatabase } from '../../adapters/storage/sqlite/open-database.ts';
import { SQLITE } from '../../adapters/storage/sqlite/sqlite-dialect.ts';
import { writeEntries } from '../../adapters/storage/sql/append.ts';
import { writeRollups } from '../../adapters/storage/sql/write-rollups.ts';
import { entryAt, NOW_MS } from './made-up.ts';

const DAY_MS = 86_400_000;
const DAYS = 366;

/** Asks a file that {@link fillYear} has filled. */
export async function askYear(file: string): Promise<[question: string, ms: number, rows: number][]> {
  const ledger = sqliteLedger({ file, thread: false });
  const year = { fromMs: NOW_MS - 365 * DAY_MS, toMs: NOW_MS };
  const questions: Record<string, UsageQuery> = {
    'a year by model': { ...year, groupBy: ['model'] },
    'a year by provider': { ...year, groupBy: ['provider'] },
    'a year by key': { ...year, groupBy: ['key'] },
    'a year by day': { ...year, groupBy: ['day'] },
    'a year by day and model': { ...year, groupBy: ['day', 'model'] },
    'a year of one key by day': { ...year, callerId: 'caller-7', groupBy: ['day'] },
    'everything by model': { groupBy: ['model'] },
    '30 days by hour': { fromMs: NOW_MS - 30 * DAY_MS, toMs: NOW_MS, groupBy: ['hour'] },
    'a day by hour and key': { fromMs: NOW_MS - DAY_MS, toMs: NOW_MS, groupBy: ['hour', 'key'] },
  };
  const answers: [string, number, number][] = [];
  for (const [name, query] of Object.entries(questions)) {
    const times: number[] = [];
    let rows = 0;
    // The first reads the disk and is compiled.
    for (let run = 0; run < 6; run++) {
      const from = performance.now();
      rows = (await ledger.usage(query)).length;
      times.push(performance.now() - from);
    }
    answers.push([name, times.slice(1).sort((one, other) => one - other)[2]!, rows]);
  }
  await ledger.close();
  return answers;
}

/**
 * Fills a file with a year of so many lines, their conversations and their sums: what `append` writes, but for messages,
 * and a day at a time.
 */
export async function fillYear(file: string, lines: number): Promise<void> {
  rmSync(file, { force: true });
  const { db, close } = await openDatabase({ file, synchronous: 'normal', busyTimeoutMs: 5_000 });
  const linesADay = Math.round(lines / DAYS);
  for (let day = 0; day < DAYS; day++) {
    const startMs = NOW_MS - (DAYS - day) * DAY_MS;
    const fresh = Array.from({ length: linesADay }, (_, place) => {
      const entry = { ...entryAt(Math.floor(startMs + (place * DAY_MS) / linesADay)), messages: [] };
      return { entry, lines: linesOf(entry) };
    });
    await db.transaction().execute(async (transaction) => {
      await writeEntries(transaction, SQLITE, fresh);
      await writeRollups(
        transaction,
        SQLITE,
        fresh.flatMap((one) => one.lines),
      );
    });
  }
  await close();
}
