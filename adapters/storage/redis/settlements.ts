import type { Logger } from 'nexusai-hub/ports';
import { isFinal, type Scripts } from './scripts.ts';
import { SETTLE } from './settle-script.ts';

/** One bound of a reservation that has ended; the members are those of the script. */
export interface Settlement {
  readonly keys: readonly string[];
  readonly kind: 'rate' | 'budget' | 'slots';
  readonly limit: number;
  readonly period: string;
  readonly taken: number;
  readonly used: number;
  readonly mark: number;
  readonly id: string;
}

interface Batch {
  readonly number: number;
  readonly settlements: readonly Settlement[];
}

/** A batch blocks Redis for a millisecond or two. */
const MOST_IN_BATCH = 200;
/** Batches that may wait for their answers. */
const MOST_SENT = 32;
/** Settlements kept while Redis is away; over it the oldest are lost. */
const MOST_WAITING = 20_000;
/** No batch comes again after so long. */
const REMEMBERED_MS = 3_600_000;

/**
 * Settlements on their way to Redis, in batches that go out without waiting for each other. One that was not answered
 * goes out again. Redis counts the batches of a process in their order, each once: it remembers the last.
 */
export class Settlements {
  readonly #scripts: Scripts;
  readonly #lastBatch: string;
  readonly #logger: Logger | undefined;
  #waiting: Settlement[] = [];
  /** Sent and not counted yet, as far as is known, in their order. */
  #sent: Batch[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #batches = 0;
  #isPlanned = false;
  /** One is missing: those after it have to wait until it was sent again. */
  #isBroken = false;
  #lost = 0;

  /** `lastBatch`: the key that remembers it. */
  constructor(scripts: Scripts, lastBatch: string, logger: Logger | undefined) {
    this.#scripts = scripts;
    this.#lastBatch = lastBatch;
    this.#logger = logger;
    this.#prepare();
  }

  /** Takes what is to be settled; it goes out with what else comes in this turn. */
  add(settlements: readonly Settlement[]): void {
    if (settlements.length === 0) return;
    this.#waiting.push(...settlements);
    if (this.#waiting.length > MOST_WAITING) this.#lose();
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.send();
    });
  }

  /** Sends what waits, so that whatever is asked afterwards comes to Redis after it. */
  send(): void {
    while (!this.#isBroken && this.#waiting.length > 0 && this.#sent.length < MOST_SENT) {
      const batch = { number: ++this.#batches, settlements: this.#waiting.splice(0, MOST_IN_BATCH) };
      this.#sent.push(batch);
      // One that goes out alone is the next, also where Redis has forgotten the one before: that takes an hour of rest.
      void this.#try(batch, this.#sent.length === 1);
    }
  }

  /** Redis is there: sends again what it has not answered. */
  async repeat(): Promise<void> {
    if (!this.#isBroken || this.#underWay.size > 0) return;
    // Each for itself, so that a batch which Redis refuses for good leaves a gap that is no missing batch.
    for (const batch of [...this.#sent]) if (!(await this.#try(batch, true))) return;
    this.#isBroken = false;
    this.send();
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    this.send();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Has Redis keep the script: until it does, what is asked after a batch may come before it. */
  #prepare(): void {
    const nothing = callOf({ number: 0, settlements: [] }, this.#lastBatch, false);
    this.#scripts.run(SETTLE, ...nothing).catch(() => undefined);
  }

  #try(batch: Batch, isInOrder: boolean): Promise<boolean> {
    const trying = this.#isCounted(batch, isInOrder).then((isCounted) => {
      this.#underWay.delete(trying);
      if (isCounted) this.#forget(batch);
      else this.#isBroken = true;
      return isCounted;
    });
    this.#underWay.add(trying);
    return trying;
  }

  async #isCounted(batch: Batch, isInOrder: boolean): Promise<boolean> {
    try {
      const answer = await this.#scripts.run(SETTLE, ...callOf(batch, this.#lastBatch, isInOrder));
      return answer !== -1;
    } catch (cause) {
      if (!isFinal(cause)) return false;
      this.#logger?.error({ settlements: batch.settlements.length, cause }, 'Redis refuses to settle limits');
      return true;
    }
  }

  #forget(batch: Batch): void {
    this.#sent = this.#sent.filter((sent) => sent !== batch);
    if (this.#lost > 0)
      this.#logger?.warn({ lost: this.#lost }, 'limits are settled again; what was lost is in no budget');
    this.#lost = 0;
    this.send();
  }

  #lose(): void {
    if (this.#lost === 0)
      this.#logger?.warn({ kept: MOST_WAITING }, 'Redis is away for so long that settlements of limits are lost');
    // A tenth at once: taking off one by one costs the whole list each time.
    this.#lost += this.#waiting.splice(0, MOST_WAITING / 10).length;
  }
}

function callOf(batch: Batch, lastBatch: string, isInOrder: boolean): [keys: string[], values: string[]] {
  const keys = [lastBatch];
  const values = [String(batch.number), String(REMEMBERED_MS), isInOrder ? '1' : '0'];
  for (const { keys: own, kind, limit, period, taken, used, mark, id } of batch.settlements) {
    keys.push(...own);
    values.push(kind, String(limit), period, String(taken), String(used), String(mark), id);
  }
  return [keys, values];
}
