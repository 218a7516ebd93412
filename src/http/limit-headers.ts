import type { LimitState } from '../ports/index.ts';

/** Names of the headers that tell callers how their limits stand, as OpenAI calls them. */
export const LIMIT_HEADERS: readonly string[] = ['limit', 'remaining', 'reset'].flatMap((what) => [
  `x-ratelimit-${what}-requests`,
  `x-ratelimit-${what}-tokens`,
]);

/** Headers that tell how limits stand. */
export function limitHeadersOf(limits: readonly LimitState[] = []): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { what, limit, remaining, resetMs } of limits) {
    headers[`x-ratelimit-limit-${what}`] = String(limit);
    headers[`x-ratelimit-remaining-${what}`] = String(remaining);
    headers[`x-ratelimit-reset-${what}`] = durationOf(resetMs);
  }
  return headers;
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
