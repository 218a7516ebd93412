import type { AnswerStream } from '../answer.ts';
import { asNexusError } from '../errors.ts';
import { errorBodyOf } from '../openai/error-body.ts';
import { chunkEvent, DONE_EVENT, errorEvent, KEEP_ALIVE } from '../openai/write-stream.ts';
import type { ChatChunk, Timer } from '../ports/index.ts';
import type { AnswerHeaders, EventSink } from './exchange.ts';
import type { HttpSettings } from './options.ts';

/** Content type of a stream of events. */
export const EVENT_TYPE: string = 'text/event-stream; charset=utf-8';

/** Headers that keep proxies from holding back or packing events (providers.md 1.3). */
export const EVENT_HEADERS: AnswerHeaders = {
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * Writes an answer as events, one write for all chunks that came together, no faster than the client reads. `[DONE]`
 * comes after a complete answer only; one that broke ends with an error event, and then just ends.
 */
export async function writeEvents(stream: AnswerStream, sink: EventSink, settings: HttpSettings): Promise<void> {
  const pulse = new Pulse(sink, settings);
  try {
    for (let batch = await stream.nextBatch(); batch; batch = await stream.nextBatch()) {
      const mayGoOn = sink.write(eventsOf(batch));
      pulse.wrote(mayGoOn);
      if (mayGoOn) continue;
      await sink.drained();
      pulse.wrote(true);
    }
    sink.write(DONE_EVENT);
  } catch (cause) {
    sink.write(errorEvent(errorBodyOf(asNexusError(cause))));
  } finally {
    pulse.stop();
    sink.end();
  }
}

function eventsOf(batch: readonly ChatChunk[]): string {
  let text = '';
  for (const chunk of batch) text += chunkEvent(chunk);
  return text;
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
      this.#sink.write(KEEP_ALIVE);
      this.#wroteAt = clock.elapsed();
    }
    if (!this.#taken && quietMs >= stalledMs) this.#sink.abort();
    else this.#timer = this.#arm();
  };
}
