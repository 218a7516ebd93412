import { rmSync } from 'node:fs';

import { sql } from 'kysely';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { LedgerFilter, UsageQuery } from 'nexusai-hub/ports';
import { linesOf, UsageSums } from 'nexusai-hub/storage-kit';

import type { LedgerDatabase } from '../../adapters/storage/sql/dialect.ts';
import type { LedgerTables } from '../../adapters/storage/sql/tables.ts';
import { nextStartOf, startOf } from '../../adapters/storage/sql/time-units.ts';
import { openDatabase } from '../../adapters/storage/sqlite/open-database.ts';
import { SQLITE } from '../../adapters/storage/sqlite/sqlite-dialect.ts';
import { writeEntries } from '../../adapters/storage/sql/append.ts';
import { writeRollups } from '../../adapters/storage/sql/write-rollups.ts';
import { entryAt, NOW_MS } from './made-up.ts';

const DAY_MS = 86_400_000;
const DAYS = 366;
/** That are not copies of others. */
const DAYS_MADE = 8;
const RUNS = 20;

/** How long a question took: as a rule, and when nobody was in its way. */
export interface Answer {
  readonly question: string;
  readonly medianMs: number;
  readonly fastestMs: number;
  readonly rows: number;
}

/** Asks a file that {@link fillYear} has filled. */
export async function askYear(file: string): Promise<Answer[]> {
  const ledger = sqliteLedger({ file, thread: false });
  const year = { fromMs: NOW_MS - 365 * DAY_MS, toMs: NOW_MS };
  const usage: Record<string, UsageQuery> = {
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
  const summaries: Record<string, LedgerFilter> = { 'a summary of everything': {}, 'a summary of a year': year };
  const answers: Answer[] = [];
  for (const [question, query] of Object.entries(usage))
    answers.push(await measured(question, async () => (await ledger.usage(query)).length));
  for (const [question, filter] of Object.entries(summaries))
    answers.push(await measured(question, async () => Math.min(1, (await ledger.summary(filter)).requests)));
  await ledger.close();
  return answers;
}

async function measured(question: string, ask: () => Promise<number>): Promise<Answer> {
  // Reads the disk, and is compiled.
  const rows = await ask();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const from = performance.now();
    await ask();
    times.push(performance.now() - from);
  }
  const [fastestMs = NaN, medianMs = NaN] = [0, RUNS / 2].map(
    (place) => times.toSorted((one, other) => one - other)[place],
  );
  return { question, medianMs, fastestMs, rows };
}

/**
 * Fills a file with a year of so many lines, their conversations and their sums: what `append` writes, but for messages.
 * Some days are made one by one; the others are copies of them, made by the database itself.
 */
export async function fillYear(file: string, lines: number): Promise<void> {
  rmSync(file, { force: true });
  const { db, close } = await openDatabase({ file, synchronous: 'normal', busyTimeoutMs: 5_000 });
  const linesADay = Math.round(lines / DAYS);
  const todayMs = Math.floor(NOW_MS / DAY_MS) * DAY_MS;
  const firstMs = todayMs - DAYS * DAY_MS;
  for (let day = 0; day < DAYS_MADE; day++) await fillDay(db, firstMs + day * DAY_MS, DAY_MS, linesADay);
  for (let days = DAYS_MADE; days < DAYS; days *= 2) await copyDays(db, firstMs, days, Math.min(days, DAYS - days));
  const partOfDay = (NOW_MS - todayMs) / DAY_MS;
  await fillDay(db, todayMs, NOW_MS - todayMs, Math.round(linesADay * partOfDay));
  await sumMonthsUp(db);
  await close();
}

async function fillDay(db: LedgerDatabase, startMs: number, lengthMs: number, lines: number): Promise<void> {
  const fresh = Array.from({ length: lines }, (_, place) => {
    const entry = { ...entryAt(Math.floor(startMs + (place * lengthMs) / lines)), messages: [] };
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

/** Puts the first days behind those that are there. New ids lie together, or indexes would be written all over. */
async function copyDays(db: LedgerDatabase, firstMs: number, there: number, copied: number): Promise<void> {
  const later = (column: string): string => `${column} + ${there * DAY_MS}`;
  const until = firstMs + copied * DAY_MS;
  const row = await db
    .selectFrom('conversations')
    .select(({ fn }) => fn.max('key').as('key'))
    .executeTakeFirst();
  const key = row?.key ?? 0;
  await db.transaction().execute(async (transaction) => {
    await copyRows(transaction, 'conversations', `started_at_ms < ${until}`, {
      key: `key + ${key}`,
      id: `'${there}-' || id`,
      started_at_ms: later('started_at_ms'),
      last_at_ms: later('last_at_ms'),
    });
    await copyRows(transaction, 'chat_stats', `started_at_ms < ${until}`, {
      id: 'null',
      entry_id: `'${there}-' || entry_id`,
      conversation_key: `conversation_key + ${key}`,
      started_at_ms: later('started_at_ms'),
    });
    await copyRows(transaction, 'usage_rollups', `start_ms < ${until} and grain not like '%month'`, {
      start_ms: later('start_ms'),
    });
  });
}

/** Copies rows as they are, but for these columns. */
async function copyRows(
  db: LedgerDatabase,
  table: string,
  condition: string,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db);
  const columns = rows.map(({ name }) => name);
  const values = columns.map((name) => changed[name] ?? name);
  await sql
    .raw(`insert into ${table} (${columns.join()}) select ${values.join()} from ${table} where ${condition}`)
    .execute(db);
}

/** Makes the sums of months from those of days, a month at a time. */
async function sumMonthsUp(db: LedgerDatabase): Promise<void> {
  await db.deleteFrom('usage_rollups').where('grain', 'in', ['month', 'caller-month']).execute();
  for (let startMs = startOf('month', NOW_MS); startMs > NOW_MS - (DAYS + 31) * DAY_MS; startMs = monthBefore(startMs))
    for (const [grain, part] of [
      ['month', 'day'],
      ['caller-month', 'caller-day'],
    ] as const) {
      const days = db.selectFrom('usage_rollups').selectAll().where('grain', '=', part);
      const rows = await days
        .where('start_ms', '>=', startMs)
        .where('start_ms', '<', nextStartOf('month', startMs + 1))
        .execute();
      const byKey = new Map<string, Rollup[]>();
      for (const row of rows) {
        const key = [row.caller_id, row.model, row.provider_id].join();
        byKey.set(key, [...(byKey.get(key) ?? []), row]);
      }
      await db.transaction().execute(async (transaction) => {
        for (const [first, ...others] of byKey.values())
          if (first)
            await transaction
              .insertInto('usage_rollups')
              .values(sumOf(grain, startMs, [first, ...others]))
              .execute();
      });
    }
}

type Rollup = LedgerTables['usage_rollups'];

function sumOf(grain: Rollup['grain'], startMs: number, rows: readonly [Rollup, ...Rollup[]]): Rollup {
  const usage = new UsageSums();
  for (const row of rows) {
    usage.addSums(row);
    usage.latency.addText(row.latency);
    usage.firstContent.addText(row.first_content);
  }
  const histograms = { latency: usage.latency.toText(), first_content: usage.firstContent.toText() };
  return { ...rows[0], grain, start_ms: startMs, ...usage.sums, ...histograms };
}

function monthBefore(startMs: number): number {
  return startOf('month', startMs - 1);
}
