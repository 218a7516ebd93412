/** Tokens of one side of an answer: as the encoder counted them, as the hub would have told them, and as reported. */
export interface TokenSample {
  readonly counted: number;
  readonly told: number;
  readonly reported: number;
}

/** How well the hub counts one side of a model's answers. */
export interface SideAccuracy {
  /** Answers that were counted beside what was reported: the last 100 at the most. */
  readonly samples: number;
  /** 1 - |told - reported| / reported, over the tokens of all samples together. 1 is exact. */
  readonly accuracy: number;
  /** The mean of |told - reported| / reported, each sample counting the same. */
  readonly meanError: number;
  /** What counts are multiplied with. 1 where the model's encoding is known, and until enough is reported. */
  readonly correction: number;
}

/** Samples remembered for each side of a model. */
const WINDOW = 100;
/** Reported answers before counts are corrected. */
const ENOUGH = 5;
/** A correction outside of this is no matter of encodings any more. */
const LEAST = 0.2;
const MOST = 5;

/** The last samples of one side, and what they teach. */
export class SampleWindow {
  readonly #samples: TokenSample[] = [];
  #next = 0;
  #correction = 1;

  /** Of what was reported per token counted, the median; long texts weigh more, and a few odd answers nothing. */
  get correction(): number {
    return this.#correction;
  }

  /** @param learns whether counts are corrected by it. */
  add(sample: TokenSample, learns: boolean): void {
    this.#samples[this.#next] = sample;
    this.#next = (this.#next + 1) % WINDOW;
    if (learns && this.#samples.length >= ENOUGH)
      this.#correction = Math.min(MOST, Math.max(LEAST, weightedMedian(this.#samples)));
  }

  accuracy(): SideAccuracy | undefined {
    const samples = this.#samples;
    if (samples.length === 0) return undefined;
    const errors = samples.map(({ told, reported }) => Math.abs(told - reported));
    const reported = sumOf(samples.map((sample) => sample.reported));
    return {
      samples: samples.length,
      accuracy: 1 - sumOf(errors) / reported,
      meanError: sumOf(samples.map((sample, place) => (errors[place] ?? 0) / sample.reported)) / samples.length,
      correction: this.#correction,
    };
  }
}

function weightedMedian(samples: readonly TokenSample[]): number {
  const sorted = samples
    .map(({ counted, reported }) => ({ ratio: reported / counted, weight: counted }))
    .sort((one, other) => one.ratio - other.ratio);
  const half = sumOf(sorted.map(({ weight }) => weight)) / 2;
  let passed = 0;
  return sorted.find(({ weight }) => (passed += weight) >= half)?.ratio ?? 1;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
