import type { WaitingEntry } from './waiting-entry.ts';

/** What came of writing a batch. */
export interface Sifted {
  readonly written: ReadonlySet<WaitingEntry>;
  /** Entries the ledger does not take, while it takes others. */
  readonly refused: readonly { readonly item: WaitingEntry; readonly cause: unknown }[];
  /** Why something of it is not written; `undefined` where nothing is left to write. */
  readonly cause: unknown;
}

/** A ledger that did not answer: nobody knows whether it is well, and no entry is suspected. */
export class LedgerSilence extends Error {
  readonly code = 'silent';
}

/** How often an entry has to fail alone, with others written in between, before it is given up. */
const MOST_STRIKES = 3;
/** More failures in a row than it takes to find one entry: it is not an entry that is at fault. */
const SPARE_FAILURES = 3;

interface Suspicion {
  readonly strikes: number;
  /** Appends that had succeeded by its last failure. */
  readonly successes: number;
}

/**
 * Writes batches, and finds out what is wrong when one is not taken: the ledger, or an entry of it. One entry that no
 * ledger can take must not hold up the others for ever, and a ledger that is away must not cost a single entry.
 *
 * Another entry is tried by itself: where that fails, too, it is the ledger. Else the batch is halved until what is at
 * fault stands alone.
 */
export class SiftingAppend {
  readonly #append: (items: readonly WaitingEntry[]) => Promise<void>;
  readonly #suspicions = new WeakMap<WaitingEntry, Suspicion>();
  #successes = 0;

  constructor(append: (items: readonly WaitingEntry[]) => Promise<void>) {
    this.#append = append;
  }

  /** @param another an entry that waits, the only one of the batch or none of it. */
  async write(batch: readonly WaitingEntry[], another: () => WaitingEntry | undefined): Promise<Sifted> {
    const failure = await this.#try(batch);
    if (!failure) return { written: new Set(batch), refused: [], cause: undefined };
    const [first] = batch;
    const suspect = batch.length === 1 ? first : undefined;
    const probe = failure.cause instanceof LedgerSilence ? undefined : another();
    if (!probe || probe === suspect || (await this.#try([probe])))
      return { written: new Set(), refused: [], cause: failure.cause };
    const sifted = await this.#sift(batch.filter((item) => item !== probe));
    return { ...sifted, written: new Set([probe, ...sifted.written]) };
  }

  async #sift(batch: readonly WaitingEntry[]): Promise<Sifted> {
    const written = new Set<WaitingEntry>();
    const refused: { item: WaitingEntry; cause: unknown }[] = [];
    const parts = [batch];
    const mostFailures = Math.ceil(Math.log2(batch.length + 1)) + SPARE_FAILURES;
    let failures = 0;
    let left: unknown;
    for (let part = parts.pop(); part; part = parts.pop()) {
      if (part.length === 0) continue;
      const failure = await this.#try(part);
      if (!failure) {
        failures = 0;
        for (const item of part) written.add(item);
        continue;
      }
      const [item] = part;
      if (part.length === 1 && item && this.#isGivenUp(item)) refused.push({ item, cause: failure.cause });
      else left = failure.cause;
      if (failure.cause instanceof LedgerSilence || ++failures > mostFailures) break;
      if (part.length === 1) continue;
      const middle = part.length >> 1;
      parts.push(part.slice(middle), part.slice(0, middle));
    }
    return { written, refused, cause: written.size + refused.length === batch.length ? undefined : left };
  }

  async #try(items: readonly WaitingEntry[]): Promise<{ readonly cause: unknown } | undefined> {
    try {
      await this.#append(items);
      this.#successes++;
      return undefined;
    } catch (cause) {
      const [item] = items;
      if (item && items.length === 1 && !(cause instanceof LedgerSilence)) this.#suspect(item);
      return { cause };
    }
  }

  #suspect(item: WaitingEntry): void {
    const before = this.#suspicions.get(item);
    // Nobody else was written since: it may be the ledger still.
    if (before?.successes === this.#successes) return;
    this.#suspicions.set(item, { strikes: (before?.strikes ?? 0) + 1, successes: this.#successes });
  }

  #isGivenUp(item: WaitingEntry): boolean {
    return (this.#suspicions.get(item)?.strikes ?? 0) >= MOST_STRIKES;
  }
}
