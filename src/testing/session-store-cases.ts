import type { SessionStore } from '../ports/session-store.ts';
import { overTwo } from './cases/over-two.ts';
import { sessionStoreChecks } from './cases/session-store-checks.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where the conversations of a case are. */
export interface SessionStorePlace {
  /** A store over this place. Called twice, as two processes would; one that cannot be shared returns the same. */
  open(): SessionStore | Promise<SessionStore>;
  /** Gives the place back. */
  close?(): void | Promise<void>;
}

/**
 * What every session store has to do, each case in a place of its own that is empty. Time is part of every question:
 * nothing is waited for. Runs in any runner: `for (const { name, run } of sessionStoreCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function sessionStoreCases(
  place: () => SessionStorePlace | Promise<SessionStorePlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('sessionStoreCases', sessionStoreChecks, options, ({ check }) => overTwo(place(), check));
}
