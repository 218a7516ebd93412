import type { SessionTracker } from '../ports/session-tracker.ts';
import { sessionTrackerChecks } from './cases/session-tracker-checks.ts';
import { realTime } from './cases/over-two.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** A tracker as a case needs it, and the time it goes by. */
export interface SessionTrackerPlace {
  readonly tracker: SessionTracker;
  /** A conversation without a request for so long is over. */
  readonly idleMs: number;
  /** Lets time pass for the tracker. @default real time passes */
  wait?: (ms: number) => Promise<void>;
  /** Gives the place back. The tracker was closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a session tracker has to do. Each case has a tracker of its own, which knows nothing at first. A case of a verb that the
 * tracker does not have passes. Knows no test runner: `for (const { name, run } of sessionTrackerCases(place)) it(name, run)`.
 *
 * Cases about conversations that nobody named, such as `goes-on`, are for trackers that find them; others skip them with a
 * reason.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function sessionTrackerCases(
  place: () => SessionTrackerPlace | Promise<SessionTrackerPlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('sessionTrackerCases', sessionTrackerChecks, options, async ({ check }) => {
    const made = await place();
    const { tracker, idleMs, wait = realTime } = made;
    try {
      await check(tracker, { idleMs, wait });
    } finally {
      await tracker.close?.();
      await made.close?.();
    }
  });
}
