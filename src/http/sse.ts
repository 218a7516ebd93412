import type { AnswerStream } from '../answer.ts';
import { asNexusError } from '../errors.ts';
import { errorBodyOf } from '../openai/error-body.ts';
import { chunkEvent, DONE_EVENT, errorEvent, KEEP_ALIVE } from '../openai/write-stream.ts';
import type { ChatChunk, Clock, Timer } from '../ports/index.ts';
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
export async function writeEvents(
  stream: AnswerStream,
  sink: EventSink,
  { keepAliveMs, clock }: Pick<HttpSettings, 'keepAliveMs' | 'clock'>,
): Promise<void> {
  const pulse = keepAliveMs === false ? undefined : new Pulse(sink, keepAliveMs, clock);
  try {
    for (let batch = await stream.nextBatch(); batch; batch = await stream.nextBatch()) {
      if (sink.write(eventsOf(batch))) pulse?.wrote();
      else await untilDrained(sink, pulse);
    }
    sink.write(DONE_EVENT);
  } catch (cause) {
    sink.write(errorEvent(errorBodyOf(asNexusError(cause))));
  } finally {
    pulse?.stop();
    sink.end();
  }
}

function eventsOf(batch: readonly ChatChunk[]): string {
  let text = '';
  for (const chunk of batch) text += chunkEvent(chunk);
  return text;
}

async function untilDrained(sink: EventSink, pulse: Pulse | undefined): Promise<void> {
  pulse?.pause();
  await sink.drained();
  pulse?.wrote();
}

/** Sends a comment when nothing was written for a while. One timer a stream, which looks at the last write. */
class Pulse {
  readonly #sink: EventSink;
  readonly #everyMs: number;
  readonly #clock: Clock;
  #timer: Timer;
  #wroteAt: number;
  #paused = false;

  constructor(sink: EventSink, everyMs: number, clock: Clock) {
    this.#sink = sink;
    this.#everyMs = everyMs;
    this.#clock = clock;
    this.#wroteAt = clock.elapsed();
    this.#timer = clock.schedule(everyMs, this.#look);
  }

  wrote(): void {
    this.#wroteAt = this.#clock.elapsed();
    this.#paused = false;
  }

  /** The client does not read: it needs no comment on top of what waits for it. */
  pause(): void {
    this.#paused = true;
  }

  stop(): void {
    this.#timer.cancel();
  }

  readonly #look = (): void => {
    const quietMs = this.#clock.elapsed() - this.#wroteAt;
    const isQuiet = quietMs >= this.#everyMs;
    if (isQuiet && !this.#paused) this.#sink.write(KEEP_ALIVE);
    if (isQuiet) this.#wroteAt = this.#clock.elapsed();
    this.#timer = this.#clock.schedule(isQuiet ? this.#everyMs : this.#everyMs - quietMs, this.#look);
  };
}
