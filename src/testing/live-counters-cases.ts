import type { LiveCounters } from '../ports/live-counters.ts';
import { liveCountersChecks } from './cases/live-counters-checks.ts';
import { overTwo } from './cases/over-two.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where processes count together: a server, or the memory of a test. */
export interface LiveCountersPlace {
  /** Counters over this place, as another process would have them. */
  open(): LiveCounters | Promise<LiveCounters>;
  /** Lets time pass for them. @default real time passes */
  wait?: (ms: number) => Promise<void>;
  /** Gives the place back. The counters were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What live counters have to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of liveCountersCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function liveCountersCases(
  place: () => LiveCountersPlace | Promise<LiveCountersPlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('liveCountersCases', liveCountersChecks, options, ({ check }) => overTwo(place(), check));
}
