import type { LimitState } from '../ports/index.ts';

/** Headers by what is limited, as OpenAI calls them. Put together once: names that are new each time cost a search. */
const NAMES: Readonly<Record<LimitState['what'], Record<'limit' | 'remaining' | 'reset', string>>> = {
  requests: namesFor('requests'),
  tokens: namesFor('tokens'),
};

/** Names of the headers that tell callers how their limits stand. */
export const LIMIT_HEADERS: readonly string[] = Object.values(NAMES).flatMap((names) => Object.values(names));

/** Adds the headers that tell how limits stand. */
export function addLimitHeaders(headers: Record<string, string>, limits: readonly LimitState[]): void {
  for (const { what, limit, remaining, resetMs } of limits) {
    const names = NAMES[what];
    headers[names.limit] = String(limit);
    headers[names.remaining] = String(remaining);
    headers[names.reset] = durationOf(resetMs);
  }
}

function namesFor(what: LimitState['what']): (typeof NAMES)[LimitState['what']] {
  return {
    limit: `x-ratelimit-limit-${what}`,
    remaining: `x-ratelimit-remaining-${what}`,
    reset: `x-ratelimit-reset-${what}`,
  };
}

/** A duration as OpenAI prints it, which is as Go does: `12ms`, `1.5s`, `6m0s`, `1h0m0s`. */
function durationOf(milliseconds: number): string {
  const ms = Math.ceil(milliseconds);
  if (ms > 0 && ms < 1_000) return `${ms}ms`;
  const [minutes, seconds] = [Math.floor(ms / 60_000), (ms % 60_000) / 1_000];
  if (minutes === 0) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m${seconds}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}
