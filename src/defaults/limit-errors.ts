import type { LimitName } from '../errors.ts';
import { NexusError } from '../errors.ts';
import type { Caller } from '../ports/authenticator.ts';
import type { Refusal } from '../ports/quota.ts';
import type { CallerLimits } from './claims-of-caller.ts';

/** Nobody knows when a request that runs is over; asking sooner than this would mostly find it running. */
const RETRY_AFTER_RUNNING_MS = 1_000;

/** What a caller is told whose request a quota refused. */
export function refusalError(refusal: Refusal, limits: CallerLimits, { id }: Caller): NexusError {
  const { name, limit } = limits.at(refusal.refusedBy);
  const retryAfterMs = refusal.retryAfterMs || RETRY_AFTER_RUNNING_MS;
  const isBudget = name === 'budget_per_day' || name === 'budget_per_month';
  const message = `${WHAT[name](`"${id}"`, limit)} Try again in ${waitOf(retryAfterMs)}.`;
  const details = { retryAfterMs, limit: name, limits: limits.states(refusal.levels) };
  return new NexusError(isBudget ? 'budget_exhausted' : 'rate_limited', message, details);
}

const WHAT: Readonly<Record<LimitName, (caller: string, limit: number) => string>> = {
  requests_per_second: (_caller, limit) => `The hub takes ${limit} requests a second, and no more now.`,
  requests_per_minute: (caller, limit) => `The key ${caller} has used its ${limit} requests a minute.`,
  tokens_per_minute: (caller, limit) => `The key ${caller} has too little left of its ${limit} tokens a minute.`,
  concurrent_requests: (caller, limit) => `The key ${caller} has ${limit} requests running, as many as it may.`,
  budget_per_day: (caller, limit) => `The key ${caller} has spent, or is about to spend, its ${usd(limit)} of the day.`,
  budget_per_month: (caller, limit) =>
    `The key ${caller} has spent, or is about to spend, its ${usd(limit)} of the month.`,
};

/** For people; machines read `retryAfterMs`. */
function waitOf(ms: number): string {
  return ms < 10_000 ? `${ms} ms` : `${Math.ceil(ms / 1000)} s`;
}

function usd(nanoUsd: number): string {
  return `${String(nanoUsd / 1e9)} USD`;
}

/** What a caller with a budget is told of whose model nobody can tell the cost. */
export function costUnknown(model: string): NexusError {
  const why = 'it has no price, or its answers tell no tokens';
  const mend = 'Its owner may set a price (0 where it is free), or let such models through (limits.unpriced).';
  return new NexusError(
    'forbidden',
    `The key has a budget of money, and what "${model}" costs is not known: ${why}. ${mend}`,
  );
}
