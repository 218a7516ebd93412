import type { AnswerReader } from './answer-reader.ts';
import type { Attempt } from './attempt.ts';
import { type Continuation, joinedMessage } from './continuation.ts';
import { drain } from './drain.ts';
import { asNexusError, NexusError } from './errors.ts';
import type { AssistantMessage } from './ports/index.ts';
import type { Visit } from './visit.ts';

/** What a stream has to do with the attempt it comes of. */
type HeldAttempt = Pick<Attempt, 'onCut' | 'detach' | 'succeed' | 'fail' | 'abandon' | 'cut'>;

/**
 * A streamed answer as its caller reads it, item by item or in batches: the chunks of chat, or the pieces of an answer
 * that is passed on.
 *
 * It ends normally only when the answer is complete; otherwise it throws a `NexusError`, and goes on throwing it.
 * Leaving it (`return`, `cancel`, an aborted signal) stops the provider. The request is over when its stream is, on
 * every path.
 */
export class AnswerStream<Item> implements AsyncIterableIterator<Item> {
  readonly #visit: Visit;
  /** Knows the whole request; dropped when the answer is over, which its reader may keep. */
  #continuation: Continuation<Item> | undefined;
  #attempt: HeldAttempt;
  #reader: AnswerReader<Item>;
  /** Text of readers that broke off before this one went on, and what they said. */
  #textBefore = '';
  #messageBefore: AssistantMessage | undefined;
  #asOld: ((item: Item) => Item) | undefined;
  #last: Item | undefined;
  #isResuming = false;
  #state: 'open' | 'ended' | NexusError = 'open';
  /** What was read from the provider and not yet handed out: a batch, and the place in it. */
  #batch: readonly Item[];
  #place = 0;
  #filling: Promise<void> | undefined;
  /** Where answers are read on after their callers left: the read under way, and how whoever waits for it hears of that. */
  #reading: Promise<void> | undefined;
  #stopWaiting: (() => void) | undefined;
  #isDraining = false;

  /** @param continuation goes on with an answer that broke off. Absent: it ends with its error. */
  constructor(
    visit: Visit,
    attempt: HeldAttempt,
    reader: AnswerReader<Item>,
    begun: readonly Item[],
    continuation?: Continuation<Item>,
  ) {
    this.#visit = visit;
    this.#attempt = attempt;
    this.#reader = reader;
    this.#continuation = continuation;
    this.#batch = this.#visible(begun);
    attempt.onCut = this.#cut;
    if (!visit.drains) return;
    attempt.detach();
    visit.follow(this.#left);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All items that are there, or the next to come; `undefined` after the last. One promise for many items. */
  async nextBatch(): Promise<readonly Item[] | undefined> {
    for (;;) {
      const batch = this.take();
      if (batch || this.#state === 'ended') return batch;
      // Of several who wait for the same read the first takes all of it.
      await this.#more();
    }
  }

  /** All items that are there already; `undefined`: none is, or it is for `nextBatch` to tell how the answer ended. */
  take(): readonly Item[] | undefined {
    return this.#hasMore() ? this.#rest() : undefined;
  }

  /**
   * Resolves when more has come, for `take`, or when `nextBatch` tells at once how the answer ended: one promise for each
   * read of the socket, where `nextBatch` alone takes one for every layer. `undefined`: there are items, or this answer
   * cannot tell.
   */
  arrival(): Promise<void> | undefined {
    if (this.#place < this.#batch.length || !this.#mayTake) return undefined;
    return this.#reader.arrival();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    for (;;) {
      const item = this.#batch[this.#place];
      if (item !== undefined) {
        this.#place++;
        return { done: false, value: item };
      }
      if (this.#hasMore()) continue;
      if (this.#state === 'ended') return { done: true, value: undefined };
      await this.#more();
    }
  }

  /** Stops the answer and the provider. Resolves at once, whatever the provider is doing. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** As `return`, without a promise. */
  cancel(): void {
    if (this.#state !== 'open') return;
    this.#fail(new NexusError('cancelled', 'The reader left before the answer was complete.'));
    this.#state = 'ended';
    this.#batch = [];
    this.#place = 0;
  }

  /** Whether there is something to hand out, also such as has only just come. */
  #hasMore(): boolean {
    if (this.#place < this.#batch.length) return true;
    if (!this.#mayTake) return false;
    try {
      const batch = this.#reader.take();
      if (!batch) return false;
      this.#batch = this.#visible(batch);
      this.#place = 0;
    } catch (cause) {
      this.#fail(this.#visit.cancelledBy ?? asNexusError(cause));
    }
    return this.#place < this.#batch.length;
  }

  /** Not while a read is under way, which has what came first; and not where an answer goes on when it breaks, or is read to its end. */
  get #mayTake(): boolean {
    return this.#state === 'open' && !this.#filling && !this.#continuation && !this.#visit.drains;
  }

  #rest(): readonly Item[] {
    const batch = this.#place === 0 ? this.#batch : this.#batch.slice(this.#place);
    this.#place = this.#batch.length;
    return batch;
  }

  /** Waits until there is something to hand out or the answer is over. */
  async #more(): Promise<void> {
    const arrival = this.arrival();
    if (arrival) await arrival;
    if (!arrival || !this.#hasMore()) await this.#fill();
  }

  /** Reads until there is something to hand out or the answer is over. Several readers share one read. */
  #fill(): Promise<void> {
    this.#filling ??= this.#visit.drains ? this.#untilLeft(this.#read()) : this.#read();
    return this.#filling;
  }

  async #read(): Promise<void> {
    while (this.#state === 'open' && this.#place === this.#batch.length) {
      try {
        const batch = await this.#reader.read();
        if (this.#isDraining) break;
        this.#batch = batch ? this.#visible(batch) : await this.#end();
        this.#place = 0;
      } catch (cause) {
        const error = asNexusError(cause);
        if (!(await this.#goesOn(error))) this.#fail(this.#visit.cancelledBy ?? error);
      }
    }
    if (isFailure(this.#state)) await this.#visit.kept?.catch(() => undefined);
    // Where nothing was read it is set after this, and stays: an answer that is over does not change any more.
    this.#filling = undefined;
    if (isFailure(this.#state)) throw this.#state;
  }

  /** The provider is done. What is left for the caller is a count of its tokens, if it asked for one nobody gave. */
  async #end(): Promise<readonly Item[]> {
    const { owesUsage } = this.#reader;
    this.#attempt.succeed(this.#reader.used());
    const text = this.#textBefore + (this.#reader.text ?? '');
    const counted = owesUsage ? await this.#visit.wait(this.#visit.estimate(text)) : undefined;
    const last = counted ? this.#visible(this.#reader.usageItems(counted.usage)) : [];
    this.#continuation = undefined;
    // What was gone on with by another is not one answer.
    const body = this.#messageBefore ? undefined : this.#reader.whole;
    this.#visit.close('ok', { message: this.#message(), body });
    if (this.#visit.remembering) await this.#visit.remembering;
    if (this.#visit.kept) await this.#visit.kept;
    if (this.#state === 'open') this.#state = 'ended';
    return last;
  }

  #fail(error: NexusError): void {
    if (this.#state !== 'open') return;
    this.#state = error;
    // Whoever is looked for to go on is no longer wanted; the visit closes when that has ended.
    if (this.#isResuming) this.#visit.cancel(error);
    else this.#closeFailed(error);
  }

  #closeFailed(error: NexusError): void {
    this.#continuation = undefined;
    const { drains } = this.#visit;
    if (drains && error.code === 'cancelled') {
      void this.#drain(error, drains);
      return;
    }
    this.#attempt.fail(error, 'partial', this.#reader.used());
    this.#reader.release();
    this.#visit.close(error.code === 'cancelled' ? 'aborted' : 'partial', { message: this.#message(), error });
  }

  /** For the caller the answer is over; for the hub it is when its provider has told what it took. */
  async #drain(error: NexusError, { withinMs, clock }: NonNullable<Visit['drains']>): Promise<void> {
    this.#isDraining = true;
    const message = this.#message();
    this.#stopWaiting?.();
    this.#filling = undefined;
    await drain(this.#attempt, this.#reader, this.#reading, withinMs, clock);
    this.#attempt.abandon(error, this.#reader.used());
    this.#reader.release();
    this.#visit.close('aborted', { message, error });
  }

  /** The same, save that who waits for it hears at once that the caller has left. */
  #untilLeft(reading: Promise<void>): Promise<void> {
    this.#reading = reading;
    return new Promise((resolve, reject) => {
      this.#stopWaiting = () => {
        queueMicrotask(() => {
          if (isFailure(this.#state)) reject(this.#state);
          else resolve();
        });
      };
      reading.then(resolve, reject);
    });
  }

  /** Goes on with another target's words, where the owner wants that and one takes over. */
  async #goesOn(error: NexusError): Promise<boolean> {
    const { text } = this.#reader;
    if (!this.#continuation || this.#state !== 'open' || this.#last === undefined || text === undefined) return false;
    this.#attempt.fail(error, 'partial', this.#reader.used());
    this.#reader.release();
    this.#isResuming = true;
    const resumed = await this.#continuation(error, this.#textBefore + text, this.#last);
    this.#isResuming = false;
    const endedBy = this.#visit.cancelledBy;
    if (endedBy) {
      resumed?.attempt.abandon(endedBy);
      resumed?.reader.release();
      this.#closeFailed(endedBy);
      return false;
    }
    if (!resumed) return false;
    this.#messageBefore = this.#message();
    this.#textBefore += text;
    const { attempt, reader, begun, asOld } = resumed;
    this.#attempt = attempt;
    this.#reader = reader;
    this.#asOld = asOld;
    this.#batch = this.#visible(begun);
    this.#place = 0;
    attempt.onCut = this.#cut;
    if (this.#visit.drains) attempt.detach();
    return true;
  }

  /** What of a batch is for the caller. */
  #visible(batch: readonly Item[]): readonly Item[] {
    const visible = this.#reader.visible(batch);
    if (!this.#continuation) return visible;
    const shown = this.#asOld ? visible.map(this.#asOld) : visible;
    this.#last = shown.at(-1) ?? this.#last;
    return shown;
  }

  /** What was said so far, also by those who broke off. */
  #message(): AssistantMessage | undefined {
    const { message } = this.#reader;
    const before = this.#messageBefore;
    return before && message ? joinedMessage(before, message) : (message ?? before);
  }

  /** Of an answer that is read to its end whatever its caller does, only others may cut the attempt. */
  readonly #left = (reason: NexusError, latest: NexusError): void => {
    if (this.#isDraining) {
      if (latest.code !== 'cancelled') this.#attempt.cut(latest);
    } else if (reason.code === 'cancelled' && !this.#isResuming) this.#fail(reason);
    else this.#attempt.cut(reason);
  };

  /** What cuts an answer that is being read rejects that read; one that lies unread has to hear of it here. */
  readonly #cut = (error: NexusError): void => {
    if (!this.#continuation || !this.#filling) this.#fail(error);
  };
}

function isFailure(state: 'open' | 'ended' | NexusError): state is NexusError {
  return typeof state === 'object';
}
