/**
 * What tokens cost, in US dollars for a million of them. A kind that has tokens and no price makes the cost of the
 * answer unknown: it is never taken for free, and never priced as something else, save where it says so here.
 */
export interface Rates {
  /** The prompt, as far as no other price is for it. */
  readonly input: number;
  /** The answer, as far as no other price is for it. */
  readonly output: number;
  /** Read from a prompt cache. */
  readonly cachedInput?: number | undefined;
  /** Sound that was read from a prompt cache. */
  readonly cachedAudioInput?: number | undefined;
  /** Written to a prompt cache, for the shortest time there is: five minutes at Anthropic. */
  readonly cacheWrite?: number | undefined;
  /** Written to a prompt cache for an hour. */
  readonly cacheWrite1h?: number | undefined;
  readonly audioInput?: number | undefined;
  /** @default as `input` */
  readonly imageInput?: number | undefined;
  /** @default as `output` */
  readonly reasoning?: number | undefined;
  readonly audioOutput?: number | undefined;
  readonly imageOutput?: number | undefined;
}

/** Prices of longer prompts. They are for the whole answer, not only for what is over the limit. */
export interface RatesAbove extends Rates {
  /** A prompt of more tokens than this, cached ones included, has these prices. */
  readonly abovePromptTokens: number;
}

/** The price of a model at one time. */
export interface Price extends Rates {
  /** Which prices these are; it stands on every record that was priced by them. */
  readonly version: string;
  /** Of those whose limit the prompt passes, the one with the highest counts. */
  readonly longPrompts?: readonly RatesAbove[] | undefined;
}

/** Answers "what does it cost?". */
export interface PriceTable {
  /**
   * The price of a model; `undefined` where it is not known. Asked once when an answer is over, and for each target
   * before a request where the strategy goes by cost, between two turns of the loop: it has what it needs in memory.
   * What it throws is logged, and the cost is unknown.
   */
  priceOf(priced: Priced): Price | undefined;
}

/** What a price is asked for. */
export interface Priced {
  /** Key of the provider in the hub's options. */
  readonly providerId: string;
  /** What the provider is: `openai`, `anthropic`. */
  readonly providerKind: string;
  /** The name the provider knows. */
  readonly model: string;
  /** When the answer was over, or is asked for, in Unix milliseconds. */
  readonly atMs: number;
}
