import type { Attempt } from './attempt.ts';
import type { Used } from './attempt-accounts.ts';
import type { WholeBody } from './call.ts';
import type { AssistantMessage, Usage } from './ports/index.ts';
import { EventStream } from './provider-kit/event-stream.ts';

/** What a reader has to do with an attempt. Where nothing arrives, it need not tell of arrivals. */
export type ReadAttempt = Pick<Attempt, 'until' | 'heartbeat'> & Partial<Pick<Attempt, 'whenReady' | 'hasArrived'>>;

/**
 * Reads one provider's stream on behalf of one attempt: in time, no further than its end, and only to a real end. What
 * an item means, and which end is real, is for the kinds of stream to say.
 */
export abstract class AnswerReader<Item> {
  readonly #attempt: ReadAttempt;
  readonly #iterator: AsyncIterator<Item | readonly Item[]>;
  /** The same, where it can be asked what is there. */
  #arriving: EventStream<Item> | undefined;
  #arrival: Promise<void> | undefined;
  #hasContent = false;

  constructor(stream: AsyncIterable<Item | readonly Item[]>, attempt: ReadAttempt) {
    this.#attempt = attempt;
    this.#iterator = stream[Symbol.asyncIterator]();
    if (EventStream.isIntact(this.#iterator)) this.#arriving = this.#iterator;
  }

  /** The last usage the provider reported. */
  abstract get usage(): Usage | undefined;

  /** What the model has said so far, for counting; `undefined` where that is not to be counted. */
  abstract get text(): string | undefined;

  /** Whether that text is all there was: no thinking, no call of a tool, one choice. */
  abstract get isPlain(): boolean;

  /** What the model has said so far, as the message it would be; `undefined` where that is not known. */
  abstract get message(): AssistantMessage | undefined;

  /** All that came, as the whole answer it is at its end; `undefined` where that is not gathered. */
  get whole(): WholeBody | undefined {
    return undefined;
  }

  /** What of it the caller asked for. */
  abstract visible(batch: readonly Item[]): readonly Item[];

  /** Whether the caller asked for a usage that the provider does not give. */
  abstract get owesUsage(): boolean;

  /** The hub's own count, in a form the caller understands. */
  abstract usageItems(usage: Usage): readonly Item[];

  /**
   * More is about to be read.
   * @throws NexusError when there may be no more.
   */
  protected checkMore(): void {
    // As long as it is.
  }

  /** Takes note of an item. True: it is content. */
  protected abstract observe(item: Item): boolean;

  /**
   * The stream has ended.
   * @throws NexusError when the answer is not complete.
   */
  protected abstract checkEnd(): void;

  /** Everything up to and with the first content. */
  async untilContent(): Promise<readonly Item[]> {
    const begun: Item[] = [];
    while (!this.#hasContent) {
      const batch = await this.read();
      if (!batch) break;
      begun.push(...batch);
    }
    return begun;
  }

  /** The next items, or `undefined` after the last. */
  async read(): Promise<readonly Item[] | undefined> {
    this.checkMore();
    const step = await this.#attempt.until(this.#iterator.next());
    if (step.done === true) {
      this.checkEnd();
      return undefined;
    }
    // Once there is content, waiting for the next read says it all.
    if (!this.#hasContent) this.#attempt.heartbeat();
    return this.#observed(isBatch(step.value) ? step.value : [step.value]);
  }

  /** The next items, if they are here. `undefined`: they are not, or there are none; that is for `read` to tell. */
  take(): readonly Item[] | undefined {
    if (!this.#arriving) return undefined;
    this.checkMore();
    const batch = this.#arriving.take();
    if (!batch) return undefined;
    this.#attempt.hasArrived?.();
    return this.#observed(batch);
  }

  /**
   * Resolves when more came, or when `read` need not wait for how it ended. Several who wait share one wait.
   * `undefined`: this stream cannot tell.
   */
  arrival(): Promise<void> | undefined {
    const stream = this.#arriving;
    if (!stream || this.#arrival) return this.#arrival;
    let resolve = (): void => undefined;
    const arrival = new Promise<void>((done) => (resolve = done));
    this.#arrival = arrival;
    const isTold = this.#attempt.whenReady?.(stream, () => {
      this.#arrival = undefined;
      resolve();
    });
    if (isTold) return arrival;
    this.#arriving = this.#arrival = undefined;
    return undefined;
  }

  #observed(batch: readonly Item[]): readonly Item[] {
    for (const item of batch) if (this.observe(item)) this.#hasContent = true;
    return batch;
  }

  /** What the answer has used so far. */
  used(): Used {
    return { usage: this.usage, text: this.text, isPlain: this.isPlain };
  }

  /** Lets go of the provider's iterator without waiting for it: a pending read may hold it for ever. */
  release(): void {
    letGo(this.#iterator);
  }
}

/** Closes an iterator nobody reads any more. Its promise may stay pending for ever, and its errors are nobody's. */
export function letGo(iterator: AsyncIterator<unknown>): void {
  try {
    iterator.return?.().then(undefined, () => undefined);
  } catch {
    // A hand-written `return` may throw at once; there is nobody left to tell.
  }
}

function isBatch<Item>(items: Item | readonly Item[]): items is readonly Item[] {
  return Array.isArray(items);
}
