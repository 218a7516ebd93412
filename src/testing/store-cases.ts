import type { Store } from '../ports/store.ts';
import { overTwo } from './cases/over-two.ts';
import { storeChecks } from './cases/store-checks.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';
import { casesOf } from './port-case.ts';

/** Where stores keep their facts: a server, a file, or the memory of a test. */
export interface StorePlace {
  /** A store over this place, as another process would have it: all of one place see the same. */
  open(): Store | Promise<Store>;
  /** Lets time pass for the stores. @default real time passes */
  wait?: (ms: number) => Promise<void>;
  /** Empties the place and gives it back. The stores were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a store has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of storeCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function storeCases(place: () => StorePlace | Promise<StorePlace>, options: PortCaseOptions = {}): PortCase[] {
  return casesOf('storeCases', storeChecks, options, ({ check }) => overTwo(place(), check));
}
