import { NexusError } from './errors.ts';
import type { Clock, Timer } from './ports/clock.ts';

/** How long an answer is remembered: it may show a secret, which has no business staying for longer. */
const KEPT_MS = 300_000;

/** Bounds of what is remembered, for the whole hub. */
const MOST_ANSWERS = 10_000;
const MOST_BYTES = 32 * 1024 * 1024;

/** A whole answer. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

interface Known {
  /** Of the request. */
  readonly digest: string;
  /** Settles when the first is over: with its answer, or `undefined` where it has none to repeat. */
  readonly answer: Promise<WholeAnswer | undefined>;
}

/** What is to be done with a request. */
export type Turn =
  | { readonly kind: 'repeat'; readonly answer: WholeAnswer }
  | {
      readonly kind: 'first';
      /** To be called once it is over: with its answer, or without one where a repeat shall try anew. */
      readonly settle: (answer: WholeAnswer | undefined) => void;
    };

/**
 * Answers to requests that carry a key of their own, so that a repeat gets the first answer again and nothing is done
 * twice. Kept in this process, for some minutes.
 */
export class RememberedAnswers {
  readonly #clock: Clock;
  readonly #mostAnswers: number;
  readonly #known = new Map<string, Known>();
  readonly #timers = new Set<Timer>();
  #bytes = 0;

  constructor(clock: Clock, mostAnswers: number = MOST_ANSWERS) {
    this.#clock = clock;
    this.#mostAnswers = mostAnswers;
  }

  /**
   * Waits for the first request of this name, if there is one. One that was in vain is no answer: of those who wait, one
   * is the first then.
   * @throws NexusError `idempotency_key_reused` where the first was another request; `overloaded`
   */
  async turnOf(name: string, digest: string): Promise<Turn> {
    for (;;) {
      const known = this.#known.get(name);
      if (!known) return this.#begin(name, digest);
      if (known.digest !== digest) throw reused();
      const answer = await known.answer;
      if (answer) return { kind: 'repeat', answer };
    }
  }

  /** Forgets all of them. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#known.clear();
    this.#bytes = 0;
  }

  #begin(name: string, digest: string): Turn {
    if (this.#known.size >= this.#mostAnswers || this.#bytes >= MOST_BYTES)
      throw new NexusError('overloaded', 'There are too many requests with an Idempotency-Key to remember.', {
        retryAfterMs: KEPT_MS,
      });
    let tell: (answer: WholeAnswer | undefined) => void = () => undefined;
    const answer = new Promise<WholeAnswer | undefined>((resolve) => {
      tell = resolve;
    });
    this.#known.set(name, { digest, answer });
    let isOver = false;
    const settle = (done: WholeAnswer | undefined): void => {
      if (isOver) return;
      isOver = true;
      // Not where the hub has closed meanwhile.
      if (done && this.#known.has(name)) this.#keep(name, done);
      else this.#known.delete(name);
      tell(done);
    };
    return { kind: 'first', settle };
  }

  #keep(name: string, { body }: WholeAnswer): void {
    const bytes = body === undefined ? 0 : Buffer.byteLength(body);
    this.#bytes += bytes;
    const timer = this.#clock.schedule(KEPT_MS, () => {
      this.#timers.delete(timer);
      this.#known.delete(name);
      this.#bytes -= bytes;
    });
    this.#timers.add(timer);
  }
}

function reused(): NexusError {
  const mend = 'Take a new key for each thing that is to be done.';
  return new NexusError('idempotency_key_reused', `Another request came with this Idempotency-Key. ${mend}`);
}
