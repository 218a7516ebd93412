import type { Caller } from '../ports/authenticator.ts';

const NANO = 1e9;

/** A budget in whole nano-dollars, as it is counted. */
export function nanoUsdOf({
  day,
  month,
}: {
  readonly day?: number | undefined;
  readonly month?: number | undefined;
}): NonNullable<Caller['budgetNanoUsd']> {
  return {
    ...(day === undefined ? {} : { day: Math.round(day * NANO) }),
    ...(month === undefined ? {} : { month: Math.round(month * NANO) }),
  };
}
