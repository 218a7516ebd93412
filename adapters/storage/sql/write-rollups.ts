import type { AttemptLine } from 'nexusai-hub/ports';
import type { LedgerTransaction, SqlDialect } from './dialect.ts';
import { RowWriter } from './row-writer.ts';
import type { Grain } from './tables.ts';
import { startOf, type TimeUnit } from './time-units.ts';
import { USAGE_SUMS, UsageSums } from 'nexusai-hub/storage-kit';

const KEY_COLUMNS = ['grain', 'start_ms', 'caller_id', 'model', 'provider_id'];
const KEY = KEY_COLUMNS.join(', ');

/** What a row of the table is about. */
type RollupKey = readonly [grain: Grain, startMs: number, callerId: string, model: string, providerId: string];

/** A row as it is there. */
interface StoredRow {
  grain: Grain;
  start_ms: number;
  caller_id: string;
  model: string;
  provider_id: string;
  latency: string;
  first_content: string;
}

const ADDITIONS = USAGE_SUMS.map((column) => `${column} = usage_rollups.${column} + excluded.${column}`).join(', ');

/** Adds sums to the rows, which from then on nobody else writes, and tells their histograms. */
const ADD_SUMS = new RowWriter<StoredRow>({
  table: 'usage_rollups',
  columns: [...KEY_COLUMNS, ...USAGE_SUMS],
  tail: `on conflict (${KEY}) do update set ${ADDITIONS} returning ${KEY}, latency, first_content`,
});

/** Puts histograms in the place of those that rows have. */
const PUT_HISTOGRAMS = new RowWriter({
  table: 'usage_rollups',
  columns: [...KEY_COLUMNS, 'latency', 'first_content'],
  tail: `on conflict (${KEY}) do update set latency = excluded.latency, first_content = excluded.first_content`,
});

/**
 * Adds lines to the sums of their hour, day and month: of their caller, and of all together, so that who does not ask for
 * callers need not read one row for each.
 *
 * Rows are written in the order of their keys by everybody, so that nobody waits for somebody who waits for him.
 */
export async function writeRollups(
  db: LedgerTransaction,
  dialect: SqlDialect,
  lines: readonly AttemptLine[],
): Promise<void> {
  const rollups = rollupsOf(lines);
  const sorted = [...rollups.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, rollup]) => rollup);
  const stored = await ADD_SUMS.write(
    db,
    dialect,
    sorted.map(({ key, usage }) => [...key, ...USAGE_SUMS.map((column) => usage.sums[column])]),
  );
  for (const row of stored) {
    const usage = rollups.get(textOf([row.grain, row.start_ms, row.caller_id, row.model, row.provider_id]))?.usage;
    usage?.latency.addText(row.latency);
    usage?.firstContent.addText(row.first_content);
  }
  const histograms = sorted.map(({ key, usage }) => [...key, usage.latency.toText(), usage.firstContent.toText()]);
  await PUT_HISTOGRAMS.write(db, dialect, histograms);
}

interface Rollup {
  readonly key: RollupKey;
  readonly usage: UsageSums;
}

/** From lines to hours of callers, and from those to all others: lines are many, and what they have in common is not. */
function rollupsOf(lines: readonly AttemptLine[]): Map<string, Rollup> {
  const hours = new Map<string, Rollup>();
  for (const line of lines) {
    const startMs = startOf('hour', line.startedAtMs);
    sumsAt(hours, ['caller-hour', startMs, line.callerId ?? '', line.model, line.providerId ?? '']).add(line);
  }
  const rollups = new Map(hours);
  for (const { key, usage } of hours.values()) {
    const [, hourMs, callerId, model, providerId] = key;
    for (const unit of ['hour', 'day', 'month'] satisfies TimeUnit[]) {
      const startMs = startOf(unit, hourMs);
      if (unit !== 'hour') sumsAt(rollups, [`caller-${unit}`, startMs, callerId, model, providerId]).addAll(usage);
      sumsAt(rollups, [unit, startMs, '', model, providerId]).addAll(usage);
    }
  }
  return rollups;
}

function sumsAt(rollups: Map<string, Rollup>, key: RollupKey): UsageSums {
  const text = textOf(key);
  let rollup = rollups.get(text);
  if (!rollup) {
    rollup = { key, usage: new UsageSums() };
    rollups.set(text, rollup);
  }
  return rollup.usage;
}

function textOf(key: RollupKey): string {
  return key.join('\u0000');
}
