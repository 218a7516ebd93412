import type { NexusError } from '../errors.ts';
import { asNexusError } from '../errors.ts';
import { KEEP_ALIVE } from '../openai/write-stream.ts';
import type { Timer } from '../ports/index.ts';
import type { AnswerHeaders, EventSink } from './exchange.ts';
import type { HttpSettings } from './options.ts';
import { PRIVATE_HEADERS } from './private-headers.ts';

/** Content type of a stream of events. */
export const EVENT_TYPE: string = 'text/event-stream; charset=utf-8';

/** Headers that keep proxies from keeping, holding back or packing events (providers.md 1.3). */
export const EVENT_HEADERS: AnswerHeaders = {
  ...PRIVATE_HEADERS,
  'cache-control': 'no-cache, no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** How the items of a stream look on the wire. */
export interface WireForm<Item> {
  /** All items that came together, for one write. */
  bytesOf(batch: readonly Item[]): string | Uint8Array;
  /** What ends a complete answer; empty where nothing does. */
  readonly end: string;
  /** What an answer that broke ends with. `undefined`: only a cut connection says that something is missing. */
  error(error: NexusError): string | undefined;
  /** Whether a comment may stand in it. */
  readonly takesComments: boolean;
}

/** What is written: items in batches, as an `AnswerStream` hands them out. */
export interface ItemBatches<Item> {
  /** The next batch; `undefined` after the last. */
  nextBatch(): Promise<readonly Item[] | undefined>;
  /** What is there already. Absent: only `nextBatch` says so. */
  take?(): readonly Item[] | undefined;
  /** Resolves when asking again is worth it; `undefined`: only `nextBatch` waits. */
  arrival?(): Promise<void> | undefined;
}

/**
 * Writes a streamed answer, one write for all items that came together, no faster than the client reads. Its end mark
 * comes after a complete answer only; one that broke ends with an error, and then just ends.
 * @throws NexusError what it broke with, once the client was told; for whoever takes note of it
 */
export async function writeStream<Item>(
  stream: ItemBatches<Item>,
  form: WireForm<Item>,
  sink: EventSink,
  settings: HttpSettings,
): Promise<void> {
  const pulse = new Pulse(sink, form.takesComments ? settings : { ...settings, keepAliveMs: false });
  try {
    for (;;) {
      // What is there is taken before anything is waited for: that an answer is over may be seen from it alone.
      let batch = stream.take?.();
      const arrival = batch ? undefined : stream.arrival?.();
      if (arrival) {
        await arrival;
        batch = stream.take?.();
      }
      batch ??= await stream.nextBatch();
      if (!batch) break;
      const mayGoOn = sink.write(form.bytesOf(batch));
      pulse.wrote(mayGoOn);
      if (mayGoOn) continue;
      await sink.drained();
      pulse.wrote(true);
    }
    if (form.end !== '') sink.write(form.end);
    sink.end();
  } catch (cause) {
    const error = asNexusError(cause);
    const last = form.error(error);
    if (last === undefined) sink.abort(error);
    else {
      sink.write(last);
      sink.end();
    }
    throw error;
  } finally {
    pulse.stop();
  }
}

/**
 * Sends a comment when the provider was silent for a while, and gives up a client that takes nothing. One timer for
 * the whole stream: it looks, when it runs out, how long things have really been quiet.
 */
class Pulse {
  readonly #sink: EventSink;
  readonly #settings: HttpSettings;
  #timer: Timer;
  #wroteAt: number;
  #taken = true;

  constructor(sink: EventSink, settings: HttpSettings) {
    this.#sink = sink;
    this.#settings = settings;
    this.#wroteAt = settings.clock.elapsed();
    this.#timer = this.#arm();
  }

  /** Something was written; `taken` says that the client has room for more. */
  wrote(taken: boolean): void {
    this.#wroteAt = this.#settings.clock.elapsed();
    this.#taken = taken;
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** The next time something can be due. What is written meanwhile moves it away; that is noticed when it comes. */
  #arm(): Timer {
    const { clock, keepAliveMs, stalledMs } = this.#settings;
    const period = keepAliveMs === false ? stalledMs : Math.min(keepAliveMs, stalledMs);
    const quietMs = clock.elapsed() - this.#wroteAt;
    return clock.schedule(quietMs < period ? period - quietMs : period, this.#look);
  }

  readonly #look = (): void => {
    const { clock, keepAliveMs, stalledMs } = this.#settings;
    const quietMs = clock.elapsed() - this.#wroteAt;
    if (this.#taken && keepAliveMs !== false && quietMs >= keepAliveMs) {
      const taken = this.#sink.write(KEEP_ALIVE);
      this.wrote(taken);
      // Who writes next waits for it, too; but a silent provider has nothing to write.
      if (!taken) void this.#sink.drained().then(this.#drained);
    }
    if (!this.#taken && quietMs >= stalledMs) this.#sink.abort();
    else this.#timer = this.#arm();
  };

  readonly #drained = (): void => {
    this.wrote(true);
  };
}
