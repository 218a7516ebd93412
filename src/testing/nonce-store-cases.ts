import type { NonceStore } from '../ports/nonce-store.ts';
import { nonceStoreChecks } from './cases/nonce-store-checks.ts';
import { overTwo } from './cases/over-two.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where the nonces of a case are. */
export interface NonceStorePlace {
  /** A store over this place, as another process would have it: all of one place see the same. */
  open(): NonceStore | Promise<NonceStore>;
  /** Lets time pass for the stores. @default real time passes */
  wait?: (ms: number) => Promise<void>;
  /** Empties the place and gives it back. The stores were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a nonce store has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of nonceStoreCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function nonceStoreCases(
  place: () => NonceStorePlace | Promise<NonceStorePlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('nonceStoreCases', nonceStoreChecks, options, ({ check }) => overTwo(place(), check));
}
