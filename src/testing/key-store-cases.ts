import type { KeyStore } from '../ports/key-store.ts';
import { keyStoreChecks } from './cases/key-store-checks.ts';
import { overTwo } from './cases/over-two.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where the keys of a case are. */
export interface KeyStorePlace {
  /** A store over this place. Called twice, as two processes would; one that cannot be shared returns the same. */
  open(): KeyStore | Promise<KeyStore>;
  /** Empties the place and gives it back. The stores were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a key store has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of keyStoreCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function keyStoreCases(
  place: () => KeyStorePlace | Promise<KeyStorePlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('keyStoreCases', keyStoreChecks, options, ({ check }) => overTwo(place(), check));
}
