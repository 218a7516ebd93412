import type { LedgerFilter, UsageGroup } from 'nexusai-hub/ports';
import { sql } from 'kysely';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';
import type { Grain, UsageColumns } from './tables.ts';
import { DAY_MS, HOUR_MS, startsIn, type TimeUnit } from './time-units.ts';
import { USAGE_SUMS, type UsageNumbers } from 'nexusai-hub/storage-kit';

/** Sums of one group, from one stretch of time. It has the columns that were asked for. */
export interface SumRow extends UsageColumns {
  readonly model?: string;
  readonly provider_id?: string | null;
  readonly caller_id?: string | null;
  readonly hour_ms?: number;
  readonly day_ms?: number;
  /** Histograms behind each other, from rollups. */
  readonly latency?: string | null;
  readonly first_content?: string | null;
  /** Times with a blank after each, from lines. */
  readonly latency_list?: string | null;
  readonly first_content_list?: string | null;
}

/** A part of a ledger with both its ends. */
type Part = LedgerFilter & { readonly fromMs: number; readonly toMs: number };

/** From the rollups of whole hours, days or months. */
export async function rollupSums(
  db: LedgerDatabase,
  dialect: SqlDialect,
  unit: TimeUnit,
  part: Part,
  groupBy: readonly UsageGroup[],
): Promise<SumRow[]> {
  const { fromMs, toMs, callerId, model, providerId } = part;
  const ofCallers = callerId !== undefined || groupBy.includes('key');
  const grain: Grain = ofCallers ? `caller-${unit}` : unit;
  // A day of days begins where they do.
  const groups = groupBy.map((group) =>
    group === unit ? { value: sql.ref('start_ms'), name: `${unit}_ms` } : GROUP_COLUMNS[group]('start_ms'),
  );
  let query = db.selectFrom('usage_rollups').where('grain', '=', grain);
  const starts = callerId === undefined ? [] : startsIn(unit, fromMs, toMs);
  // Named one by one they lead to the rows of one caller without a look at those of all others.
  if (starts.length > 0) query = query.where('start_ms', 'in', starts);
  else {
    if (Number.isFinite(fromMs)) query = query.where('start_ms', '>=', fromMs);
    if (Number.isFinite(toMs)) query = query.where('start_ms', '<', toMs);
  }
  if (callerId !== undefined) query = query.where('caller_id', '=', callerId);
  if (model !== undefined) query = query.where('model', '=', model);
  if (providerId !== undefined) query = query.where('provider_id', '=', providerId);
  const rows = await query
    .select([
      ...groups.map(({ value, name }) => value.as(name)),
      ...USAGE_SUMS.map((column) => exactSum(sql.ref(column)).as(column)),
      dialect.joined(sql.ref('latency')).as('latency'),
      dialect.joined(sql.ref('first_content')).as('first_content'),
    ])
    .$if(groups.length > 0, (grouped) =>
      grouped.groupBy(
        inOrderOfKey(
          groupBy,
          groups.map(({ value }) => value),
        ),
      ),
    )
    .execute();
  return withoutNothing(rows as unknown as SumRow[]);
}

/**
 * Groups in the order of the table's key, with no column of it left out on the way: rows then come group by group, and need
 * not be sorted. That they have one caller, or none, a database does not see by itself.
 */
function inOrderOfKey(groupBy: readonly UsageGroup[], values: readonly SqlExpression[]): SqlExpression[] {
  const byName = new Map(groupBy.map((name, place) => [name, values[place]]));
  const caller = byName.get('key') ?? sql.ref('caller_id');
  return [byName.get('hour'), byName.get('day'), caller, byName.get('model'), byName.get('provider')].filter(
    (value) => value !== undefined,
  );
}

/** From the lines themselves: as many as there are in a part of an hour or two. */
export async function lineSums(
  db: LedgerDatabase,
  dialect: SqlDialect,
  part: Part,
  groupBy: readonly UsageGroup[],
): Promise<SumRow[]> {
  const { fromMs, toMs, callerId, model, providerId } = part;
  const groups = groupBy.map((group) => GROUP_COLUMNS[group]('started_at_ms'));
  let query = db.selectFrom('chat_stats').where('started_at_ms', '>=', fromMs).where('started_at_ms', '<', toMs);
  if (callerId !== undefined) query = query.where('caller_id', '=', callerId);
  if (model !== undefined) query = query.where('model', '=', model);
  if (providerId !== undefined) query = query.where('provider_id', '=', providerId);
  const rows = await query
    .select([
      ...groups.map(({ value, name }) => value.as(name)),
      ...USAGE_SUMS.map((column) => exactSum(LINE_SUMS[column]).as(column)),
      dialect.joined(sql`case when attempt > 0 then cast(duration_ms as text) || ' ' end`).as('latency_list'),
      dialect.joined(sql`cast(first_content_ms as text) || ' '`).as('first_content_list'),
    ])
    .$if(groups.length > 0, (grouped) => grouped.groupBy(groups.map(({ value }) => value)))
    .execute();
  return withoutNothing(rows as unknown as SumRow[]);
}

type SqlExpression = ReturnType<typeof sql>;

/** By what of a row it is told apart, given the column of its time. */
const GROUP_COLUMNS: Record<UsageGroup, (time: string) => { value: SqlExpression; name: string }> = {
  model: () => ({ value: sql.ref('model'), name: 'model' }),
  provider: () => ({ value: sql.ref('provider_id'), name: 'provider_id' }),
  key: () => ({ value: sql.ref('caller_id'), name: 'caller_id' }),
  hour: (time) => ({ value: startColumn(time, HOUR_MS), name: 'hour_ms' }),
  day: (time) => ({ value: startColumn(time, DAY_MS), name: 'day_ms' }),
};

/** The beginning of an hour or a day, for times after 1970. */
function startColumn(time: string, unitMs: number): SqlExpression {
  return sql`${sql.ref(time)} - ${sql.ref(time)} % ${sql.lit(unitMs)}`;
}

/** Written as the sums of lines are made in `UsageSums`. */
const LINE_SUMS: Record<keyof UsageNumbers, SqlExpression> = {
  requests: sql`is_last`,
  attempts: sql`case when attempt > 0 then 1 else 0 end`,
  ok: sql`case when request_outcome = 'ok' then 1 else 0 end`,
  error: sql`case when request_outcome = 'error' then 1 else 0 end`,
  aborted: sql`case when request_outcome = 'aborted' then 1 else 0 end`,
  partial: sql`case when request_outcome = 'partial' then 1 else 0 end`,
  prompt_tokens: sql`case when attempt > 0 then prompt_tokens end`,
  cached_tokens: sql`case when attempt > 0 then cached_tokens end`,
  completion_tokens: sql`case when attempt > 0 then completion_tokens end`,
  reasoning_tokens: sql`case when attempt > 0 then reasoning_tokens end`,
  unmeasured: sql`case when attempt > 0 and prompt_tokens is null and completion_tokens is null then 1 else 0 end`,
  cost_nano_usd: sql`cost_nano_usd`,
  unpriced: sql`case when cost_nano_usd is null and (prompt_tokens is not null or completion_tokens is not null)
    then 1 else 0 end`,
  cache_hits: sql`case when provenance = 'cached' then 1 else 0 end`,
  saved_tokens: sql`case when provenance = 'cached'
    then coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0) end`,
  saved_nano_usd: sql`saved_nano_usd`,
};

/** As a floating point number: exact up to 2^53, and rounded, not refused, above. */
function exactSum(value: SqlExpression): ReturnType<typeof sql<number>> {
  return sql<number>`coalesce(cast(sum(${value}) as double precision), 0)`;
}

/** A sum without groups has a row also where there is nothing. */
function withoutNothing(rows: SumRow[]): SumRow[] {
  return rows.filter(({ requests, attempts }) => requests > 0 || attempts > 0);
}
