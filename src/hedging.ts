import { FirstContentTimes } from './first-content-times.ts';
import type { Clock, RequestFacts } from './ports/index.ts';
import { TrafficShare } from './traffic-share.ts';

/** When a second target is asked beside a slow one. */
export interface HedgeOptions {
  /** The slow ones: those that take longer than this part of the model's last answers, 0 to 1. */
  readonly quantile: number;
  /** Never sooner, in milliseconds. */
  readonly minMs: number;
  /** For each request so many more attempts, at the most. */
  readonly share: number;
  /** Also for requests with tools. */
  readonly withTools: boolean;
}

/** One more attempt in ten seconds fits whatever the traffic. */
const PER_SECOND = 0.1;

/** Decides which requests are asked a second time beside the first, and after how long. */
export class Hedging {
  readonly #options: HedgeOptions;
  /** Whole answers take so much longer to be there that they are measured apart. */
  readonly #streamed: FirstContentTimes;
  readonly #whole: FirstContentTimes;
  readonly #share: TrafficShare;

  constructor(options: HedgeOptions, clock: Clock) {
    this.#options = options;
    this.#streamed = new FirstContentTimes(options.quantile);
    this.#whole = new FirstContentTimes(options.quantile);
    this.#share = new TrafficShare({ share: options.share, perSecond: PER_SECOND }, clock);
  }

  /** A request came. */
  earn(): void {
    this.#share.earn();
  }

  /**
   * Milliseconds after which another target is to be asked; `undefined`: it is not. A model whose answers were not
   * measured yet is waited for. One that may call tools is not asked twice: what it does might be done twice.
   */
  delayFor({ model, streamed, operation, hasTools }: RequestFacts): number | undefined {
    if (operation !== 'chat' && operation !== 'embeddings') return undefined;
    if (hasTools && !this.#options.withTools) return undefined;
    const usualMs = this.#timesOf(streamed).of(model);
    return usualMs === undefined ? undefined : Math.max(this.#options.minMs, usualMs);
  }

  /** Whether the budget has room for one more attempt. */
  hasRoom(): boolean {
    return this.#share.has();
  }

  /** Another target was asked. */
  spend(): void {
    this.#share.spend();
  }

  /** An answer of the model began, or was whole, after so many milliseconds. */
  measured({ model, streamed }: Pick<RequestFacts, 'model' | 'streamed'>, ms: number): void {
    this.#timesOf(streamed).add(model, ms);
  }

  #timesOf(streamed: boolean): FirstContentTimes {
    return streamed ? this.#streamed : this.#whole;
  }
}
