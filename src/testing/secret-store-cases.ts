import type { SecretStore } from '../ports/secret-store.ts';
import { overTwo } from './cases/over-two.ts';
import { secretStoreChecks } from './cases/secret-store-checks.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where the secrets of a case are. */
export interface SecretStorePlace {
  /** A store over this place, as another process would have it: all of one place see the same. */
  open(): SecretStore | Promise<SecretStore>;
  /** Empties the place and gives it back. The stores were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a secret store has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of secretStoreCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function secretStoreCases(
  place: () => SecretStorePlace | Promise<SecretStorePlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('secretStoreCases', secretStoreChecks, options, ({ check }) => overTwo(place(), check));
}
