import type { Store } from '../ports/store.ts';
import { storeChecks } from './cases/store-checks.ts';

/** Where stores keep their facts: a server, a file, or the memory of a test. */
export interface StorePlace {
  /** A store over this place, as another process would have it: all of one place see the same. */
  open(): Store | Promise<Store>;
  /** Lets time pass for the stores. @default real time passes */
  wait?: (ms: number) => Promise<void>;
  /** Empties the place and gives it back. The stores were closed before. */
  close?(): void | Promise<void>;
}

/** One thing every store has to do. */
export interface StoreCase {
  /** Stable, to name it in a skip. */
  readonly id: string;
  /** Begins with the id of a field lesson where there is one behind it. */
  readonly name: string;
  /** Why this store need not do it. */
  readonly skipped: string | undefined;
  /** Rejects with an `Error` that says what was expected and what came. */
  readonly run: () => Promise<void>;
}

/** What {@link storeCases} is told about a store. */
export interface StoreCaseOptions {
  /** Cases it need not pass: the reason by the case's id. */
  readonly skip?: Readonly<Record<string, string>>;
}

/**
 * What a store has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of storeCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function storeCases(place: () => StorePlace | Promise<StorePlace>, options: StoreCaseOptions = {}): StoreCase[] {
  const { skip = {} } = options;
  for (const [id, reason] of Object.entries(skip)) {
    if (!(id in storeChecks)) throw new TypeError(`storeCases: skip["${id}"] names no case.`);
    if (reason === '') throw new TypeError(`storeCases: skip["${id}"] needs a reason.`);
  }
  return Object.entries(storeChecks).map(([id, { name, check }]) => ({
    id,
    name,
    skipped: skip[id],
    async run() {
      const made = await place();
      const stores = [await made.open(), await made.open()] as const;
      try {
        await check(stores[0], stores[1], made.wait ?? realTime);
      } finally {
        for (const store of new Set(stores)) await store.close?.();
        await made.close?.();
      }
    },
  }));
}

function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
