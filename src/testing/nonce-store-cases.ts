import type { NonceStore } from '../ports/nonce-store.ts';
import { nonceStoreChecks } from './cases/nonce-store-checks.ts';
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
  return casesOf('nonceStoreCases', nonceStoreChecks, options, async ({ check }) => {
    const made = await place();
    const stores = [await made.open(), await made.open()] as const;
    try {
      await check(stores[0], stores[1], made.wait ?? realTime);
    } finally {
      for (const store of new Set(stores)) await store.close?.();
      await made.close?.();
    }
  });
}

function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
