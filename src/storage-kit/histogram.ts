import type { Percentiles } from '../ports/index.ts';

/** Each bucket ends a tenth above the one before it: its middle is off by less than 5 % of all that is in it. */
const GROWTH = 1.1;
const LOG_GROWTH = Math.log(GROWTH);
/** Buckets below 1 ms, down to a microsecond. What is shorter is in bucket 0, and counts as 0. */
const BELOW_ONE = 73;
const SHORTEST_MS = 0.001;

const SHARES = [0.5, 0.9, 0.95, 0.99];

const COLON = 58;
const BLANK = 32;
const ZERO = 48;

/**
 * How long things took, as counts of buckets that grow with what they hold.
 *
 * As text it is `bucket:count ` for each bucket that is not empty. Texts may be put behind each other: that is their sum,
 * so that a database can add histograms it cannot read.
 */
export class Histogram {
  readonly #counts: number[] = [];
  #count = 0;

  /** How many were measured. */
  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    this.#addTo(bucketOf(ms), 1);
  }

  /** Adds one, or several, in the form of text. */
  addText(text: string): void {
    let number = 0;
    let bucket = 0;
    for (let place = 0; place < text.length; place++) {
      const code = text.charCodeAt(place);
      if (code === COLON) bucket = number;
      else if (code === BLANK) this.#addTo(bucket, number);
      else {
        number = number * 10 + code - ZERO;
        continue;
      }
      number = 0;
    }
  }

  addAll(other: Histogram): void {
    other.#counts.forEach((count, bucket) => this.#addTo(bucket, count));
  }

  /** Begins anew. Thousands of them cost more to make than one that is used again. */
  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
  }

  toText(): string {
    let text = '';
    this.#counts.forEach((count, bucket) => {
      if (count > 0) text += `${bucket}:${count} `;
    });
    return text;
  }

  /** By the nearest rank: the shortest time that a share of all did not exceed. */
  percentiles(): Percentiles {
    const found: number[] = [];
    let passed = 0;
    const end = this.#count === 0 ? 0 : this.#counts.length;
    // In one pass: a table of usage has some thousand of them.
    for (let bucket = 0; bucket < end && found.length < SHARES.length; bucket++) {
      passed += this.#counts[bucket] ?? 0;
      // One bucket may be where several of them are.
      while (passed >= Math.ceil((SHARES[found.length] ?? Infinity) * this.#count)) found.push(middleOf(bucket));
    }
    const [p50, p90, p95, p99] = found;
    return { count: this.#count, p50, p90, p95, p99 };
  }

  #addTo(bucket: number, count: number): void {
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#count += count;
  }
}

function bucketOf(ms: number): number {
  // Also what is no number.
  if (!(ms >= SHORTEST_MS)) return 0;
  return Math.ceil(Math.log(ms) / LOG_GROWTH) + BELOW_ONE;
}

/** By bucket: a table of usage asks for some thousand. */
const middles: number[] = [0];

/** The value that is off from both ends of the bucket by the same share of them. */
function middleOf(bucket: number): number {
  return (middles[bucket] ??= (2 * GROWTH ** (bucket - BELOW_ONE)) / (GROWTH + 1));
}
