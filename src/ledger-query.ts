import { NexusError } from './errors.ts';
import type { ConversationQuery, HistoryPart, LedgerFilter, UsageGroup, UsageQuery } from './ports/index.ts';

/** By what usage can be told apart. */
export const USAGE_GROUPS: readonly UsageGroup[] = ['model', 'provider', 'key', 'hour', 'day'];

/**
 * One of those by which usage can be told apart.
 * @throws NexusError `request_invalid`
 */
export function usageGroupOf(name: string): UsageGroup {
  const group = USAGE_GROUPS.find((known) => known === name);
  if (group) return group;
  const known = USAGE_GROUPS.join(', ');
  throw invalid('group_by', `Usage cannot be told apart by ${quoted(name)}. It can by: ${known}.`);
}

/** Messages of one conversation at once. */
export const MOST_MESSAGES = 10_000;

/** Conversations on a page. */
export const MOST_CONVERSATIONS = 100;

const DAY_MS = 86_400_000;
/** Usage by the hour is told for so many days at the most: more rows than that nobody reads. */
const MOST_DAYS_OF_HOURS = 92;
/** What a search looks for, in characters. */
const LONGEST_SEARCH = 1_000;

/**
 * A part of a ledger, as it may be asked for.
 * @throws NexusError `request_invalid`
 */
export function checkedFilter({ fromMs, toMs, callerId, model, providerId }: LedgerFilter): LedgerFilter {
  checkTime('from', fromMs);
  checkTime('to', toMs);
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs)
    throw invalid('to', 'The range ends before it begins: "to" must be later than "from".');
  return { fromMs, toMs, callerId, model, providerId };
}

/**
 * A question for usage, as it may be asked.
 * @throws NexusError `request_invalid`
 */
export function checkedUsageQuery({ groupBy, ...filter }: UsageQuery, nowMs: number): UsageQuery {
  groupBy.forEach(usageGroupOf);
  const checked = checkedFilter(filter);
  if (groupBy.includes('hour')) checkHours(checked, nowMs);
  return { ...checked, groupBy: [...new Set(groupBy)] };
}

/**
 * A question for conversations, as it may be asked.
 * @throws NexusError `request_invalid`
 */
export function checkedConversationQuery({ search, after, limit, ...filter }: ConversationQuery): ConversationQuery {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_CONVERSATIONS)
    throw invalid('limit', `"limit" must be a whole number from 1 to ${String(MOST_CONVERSATIONS)}.`);
  if (search !== undefined && search.length > LONGEST_SEARCH)
    throw invalid('q', `A search may have ${String(LONGEST_SEARCH)} characters at the most.`);
  return { ...checkedFilter(filter), search: search === '' ? undefined : search, after, limit };
}

/**
 * A part of a conversation, as it may be asked for.
 * @throws NexusError `request_invalid`
 */
export function checkedHistoryPart({ skip, limit, maxBytes }: HistoryPart): HistoryPart {
  if (skip !== undefined && (!Number.isSafeInteger(skip) || skip < 0))
    throw invalid('after', '"after" must be a whole number: how many messages come before.');
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1 || limit > MOST_MESSAGES))
    throw invalid('limit', `"limit" must be a whole number from 1 to ${String(MOST_MESSAGES)}.`);
  return { skip, limit, maxBytes };
}

function checkHours({ fromMs, toMs = Infinity }: LedgerFilter, nowMs: number): void {
  const mend = `Give a range of ${String(MOST_DAYS_OF_HOURS)} days at the most, or group by day.`;
  if (fromMs === undefined) throw invalid('from', `Usage by the hour needs a beginning. ${mend}`);
  if (Math.min(toMs, nowMs) - fromMs > MOST_DAYS_OF_HOURS * DAY_MS)
    throw invalid('from', `The range is too long for usage by the hour. ${mend}`);
}

function checkTime(name: 'from' | 'to', ms: number | undefined): void {
  // As far as dates go.
  if (ms === undefined || (Number.isFinite(ms) && Math.abs(ms) <= 8.64e15)) return;
  throw invalid(name, `"${name}" is no moment in time.`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 50));
}

function invalid(param: string, message: string): NexusError {
  return new NexusError('request_invalid', message, { param });
}
