import type { LedgerFilter, LedgerTotals, UsageGroup, UsageQuery, UsageRow } from 'nexusai-hub/ports';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';
import { lineSums, rollupSums, type SumRow } from './sum-queries.ts';
import { type Stretch, stretchesOf } from './stretches.ts';
import type { TimeUnit } from './time-units.ts';
import { UsageSums } from 'nexusai-hub/storage-kit';

/** Sums by group: whole months, days and hours from the rollups, and the ends of the range from the lines. */
export async function usage(db: LedgerDatabase, dialect: SqlDialect, query: UsageQuery): Promise<UsageRow[]> {
  const groupBy = [...new Set(query.groupBy)];
  const groups = new Map<string, { group: UsageRow['group']; rows: SumRow[] }>();
  for (const row of await sumRows(db, dialect, query, groupBy)) {
    const group = Object.fromEntries(groupBy.map((name) => [name, valueOf(name, row)]));
    const text = JSON.stringify(Object.values(group));
    const found = groups.get(text);
    if (found) found.rows.push(row);
    else groups.set(text, { group, rows: [row] });
  }
  const sorted = [...groups.values()].sort((one, other) => compare(one.group, other.group, groupBy));
  // One after the other, in the same place: thousands of histograms at a time take longer to make than to fill.
  const sums = new UsageSums();
  return sorted.map(({ group, rows }) => {
    sums.clear();
    for (const row of rows) addRow(sums, row);
    return sums.row(group);
  });
}

/** Sums over all of a part. */
export async function totals(db: LedgerDatabase, dialect: SqlDialect, filter: LedgerFilter): Promise<LedgerTotals> {
  const sums = new UsageSums();
  for (const row of await sumRows(db, dialect, filter, [])) addRow(sums, row);
  return sums.totals();
}

/** What each caller's attempts cost since then. */
export async function spentSince(
  db: LedgerDatabase,
  dialect: SqlDialect,
  sinceMs: number,
): Promise<ReadonlyMap<string, number>> {
  const spent = new Map<string, number>();
  for (const { caller_id: caller, cost_nano_usd } of await sumRows(db, dialect, { fromMs: sinceMs }, ['key']))
    if (caller && cost_nano_usd > 0) spent.set(caller, (spent.get(caller) ?? 0) + cost_nano_usd);
  return spent;
}

async function sumRows(
  db: LedgerDatabase,
  dialect: SqlDialect,
  filter: LedgerFilter,
  groupBy: readonly UsageGroup[],
): Promise<SumRow[]> {
  const rows: SumRow[] = [];
  for (const { unit, fromMs, toMs } of await stretchesIn(db, filter, unitsFor(groupBy))) {
    const part = { ...filter, fromMs, toMs };
    rows.push(
      ...(await (unit === 'line'
        ? lineSums(db, dialect, part, groupBy)
        : rollupSums(db, dialect, unit, part, groupBy))),
    );
  }
  return rows;
}

/** Larger stretches than what is told apart would be of no use. */
function unitsFor(groupBy: readonly UsageGroup[]): TimeUnit[] {
  if (groupBy.includes('hour')) return ['hour'];
  return groupBy.includes('day') ? ['day', 'hour'] : ['month', 'day', 'hour'];
}

/** An end after everything that happened cuts no hour in two: the range that most ask for ends now. */
async function stretchesIn(db: LedgerDatabase, filter: LedgerFilter, units: readonly TimeUnit[]): Promise<Stretch[]> {
  const { fromMs = -Infinity, toMs = Infinity } = filter;
  if (toMs === Infinity) return stretchesOf(fromMs, toMs, units);
  const last = await db
    .selectFrom('chat_stats')
    .select(({ fn }) => fn.max('started_at_ms').as('ms'))
    .executeTakeFirst();
  return stretchesOf(fromMs, (last?.ms ?? -Infinity) < toMs ? Infinity : toMs, units);
}

function addRow(usage: UsageSums, row: SumRow): void {
  usage.addSums(row);
  if (row.latency !== undefined) usage.latency.addText(row.latency ?? '');
  if (row.first_content !== undefined) usage.firstContent.addText(row.first_content ?? '');
  for (const ms of timesIn(row.latency_list)) usage.latency.add(ms);
  for (const ms of timesIn(row.first_content_list)) usage.firstContent.add(ms);
}

function timesIn(list: string | null | undefined): number[] {
  return list ? list.split(' ').slice(0, -1).map(Number) : [];
}

function valueOf(group: UsageGroup, row: SumRow): string | null {
  switch (group) {
    case 'model':
      return row.model ?? null;
    case 'provider':
      return row.provider_id || null;
    case 'key':
      return row.caller_id || null;
    case 'hour':
      return new Date(row.hour_ms ?? 0).toISOString();
    case 'day':
      return new Date(row.day_ms ?? 0).toISOString();
  }
}

function compare(one: UsageRow['group'], other: UsageRow['group'], groupBy: readonly UsageGroup[]): number {
  for (const name of groupBy) {
    const [left, right] = [one[name] ?? '', other[name] ?? ''];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
