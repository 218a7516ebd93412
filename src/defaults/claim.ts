import type { Bound, Level } from '../ports/quota.ts';

/** One bound that is asked for in memory: looked at first, and taken only when all bounds of a request allow it. */
export interface Claim {
  /** Milliseconds until it may be taken, or `undefined` when that is now. */
  waitMs(): number | undefined;
  take(): void;
  level(): Level;
  /** Ends what was taken: `used` units stand in its place; `undefined` lets it stand. */
  settle(used: number | undefined): void;
}

/**
 * A counter that was once told nonsense would tell nonsense for ever.
 * @throws TypeError
 */
export function checkBound(bound: Bound): void {
  const { kind, key, limit } = bound;
  if (!(limit > 0)) throw new TypeError(`${kind} "${key}": limit must be over 0 (got ${limit}).`);
  if (kind === 'rate' && !(bound.perMs >= 1))
    throw new TypeError(`${kind} "${key}": perMs must be 1 or more (got ${bound.perMs}).`);
  if (kind !== 'slots' && !isAmount(bound.units))
    throw new TypeError(`${kind} "${key}": units must be a number, 0 or more (got ${bound.units}).`);
}

/** What was really used, where that is an amount; else what was taken. */
export function usedOr(taken: number, used: number | undefined): number {
  return used !== undefined && isAmount(used) ? used : taken;
}

function isAmount(units: number): boolean {
  return units >= 0 && units < Infinity;
}
