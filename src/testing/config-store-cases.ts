import type { ConfigStore } from '../ports/config-store.ts';
import { configStoreChecks } from './cases/config-store-checks.ts';
import { overTwo } from './cases/over-two.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where the configurations of a case are. */
export interface ConfigStorePlace {
  /** A store over this place, as another process would have it: all of one place see the same. */
  open(): ConfigStore | Promise<ConfigStore>;
  /** Empties the place and gives it back. The stores were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a store of configurations has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of configStoreCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function configStoreCases(
  place: () => ConfigStorePlace | Promise<ConfigStorePlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('configStoreCases', configStoreChecks, options, ({ check }) => overTwo(place(), check));
}
