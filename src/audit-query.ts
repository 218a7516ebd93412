import { NexusError } from './errors.ts';
import type { AuditLink, AuditOutcome, AuditQuery } from './ports/index.ts';

/** Entries on a page. */
export const MOST_AUDIT_ENTRIES = 1_000;

/** How something may have ended. */
const OUTCOMES: readonly AuditOutcome[] = ['ok', 'refused', 'failed', 'cancelled'];

/** What a search looks for, in characters. */
const LONGEST_SEARCH = 1_000;

/**
 * An outcome by its name.
 * @throws NexusError `request_invalid`
 */
export function auditOutcomeOf(name: string): AuditOutcome {
  const outcome = OUTCOMES.find((known) => known === name);
  if (outcome) return outcome;
  throw invalid('outcome', `There is no such outcome. There are: ${OUTCOMES.join(', ')}.`);
}

/**
 * A question for entries, as it may be asked.
 * @throws NexusError `request_invalid`
 */
export function checkedAuditQuery(query: AuditQuery): AuditQuery {
  const { limit, fromMs, toMs, search, outcome, before } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_AUDIT_ENTRIES)
    throw invalid('limit', `"limit" must be a whole number from 1 to ${String(MOST_AUDIT_ENTRIES)}.`);
  if (outcome !== undefined) auditOutcomeOf(outcome);
  if (before !== undefined) checkSequence('after', before);
  checkTime('from', fromMs);
  checkTime('to', toMs);
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs)
    throw invalid('to', 'The range ends before it begins: "to" must be later than "from".');
  if (search !== undefined && search.length > LONGEST_SEARCH)
    throw invalid('q', `A search may have ${String(LONGEST_SEARCH)} characters at the most.`);
  return { ...query, search: search === '' ? undefined : search };
}

/** Which part of the chain is looked at. */
export interface AuditRange {
  /** The first entry, by its sequence number. @default the first there is */
  readonly from?: number | undefined;
  /** The last one. @default the last there is */
  readonly to?: number | undefined;
  /** A link that was noted earlier, elsewhere: it must still stand there. */
  readonly expect?: AuditLink | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A link that somebody says was noted.
 * @throws NexusError `request_invalid`
 */
export function checkLink({ sequence, hash }: AuditLink): void {
  checkSequence('sequence', sequence);
  if (!/^[0-9a-f]{64}$/.test(hash)) throw invalid('hash', '"hash" must be 64 hexadecimal digits.');
}

function checkSequence(param: string, sequence: number): void {
  if (Number.isSafeInteger(sequence) && sequence >= 1) return;
  throw invalid(param, `"${param}" must be the sequence number of an entry: a whole number from 1 on.`);
}

function checkTime(name: 'from' | 'to', ms: number | undefined): void {
  // As far as dates go.
  if (ms === undefined || (Number.isFinite(ms) && Math.abs(ms) <= 8.64e15)) return;
  throw invalid(name, `"${name}" is no moment in time.`);
}

function invalid(param: string, message: string): NexusError {
  return new NexusError('request_invalid', message, { param });
}
