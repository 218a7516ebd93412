import { CODES } from '../../errors.ts';
import type { NexusErrorCode } from '../../errors.ts';
import type { Balancer } from '../../ports/balancer.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RequestFacts, Target } from '../../ports/router.ts';
import { systemClock } from '../clock.ts';
import { RecentMap } from '../recent-map.ts';
import { drawn } from './drawn.ts';
import { PeakAverage } from './peak-average.ts';
import type { Chance } from './weighted.ts';

export interface FastestOptions extends Chance {
  readonly clock?: Clock | undefined;
  /** How long a measurement counts: after so many milliseconds about a third of it is left. @default 10000 */
  readonly memoryMs?: number | undefined;
}

/** Targets whose speed is remembered. */
const MOST_TARGETS = 10_000;

/** An attempt that failed counts as if its first content had taken so long: a target that refuses at once is not fast. */
const FAILED_MS = 10_000;

/**
 * The faster of two: two targets are drawn by weight, and the one that is expected to begin its answer sooner goes
 * first. Expected is a moving average of the times to first content that follows peaks at once and forgets them slowly,
 * times the attempts under way there. Whole answers are measured apart from streams.
 *
 * A target that nobody has measured is tried as soon as it is drawn, by one request at a time. Failures of the provider count as slow.
 * What was measured fades, so that a slow target is tried again.
 */
export function fastest(options: FastestOptions = {}): Balancer {
  const { random = Math.random, clock = systemClock, memoryMs = 10_000 } = options;
  const speeds = new RecentMap<string, Speed>(MOST_TARGETS);
  return {
    order(targets, { facts }) {
      const order = drawn(targets, random);
      const [first, second] = order;
      if (!first || !second || !(second.weight > 0)) return order;
      const now = clock.elapsed();
      const expectedMs = ({ id }: Target): number => speeds.get(id)?.expectedMs(facts, now) ?? 0;
      if (expectedMs(second) < expectedMs(first)) [order[0], order[1]] = [second, first];
      return order;
    },
    begins({ id }, facts) {
      const speed = speeds.get(id) ?? new Speed(memoryMs);
      speeds.set(id, speed);
      const times = speed.timesOf(facts);
      speed.running++;
      let isMeasured = false;
      return {
        content(ms) {
          isMeasured = true;
          times.add(ms, clock.elapsed());
        },
        over(outcome, durationMs, error) {
          speed.running--;
          const now = clock.elapsed();
          const hasFailed = outcome === 'error' || outcome === 'partial';
          if (hasFailed && isFaultOfProvider(error)) times.add(Math.max(FAILED_MS, isMeasured ? 0 : durationMs), now);
          if (isMeasured) return;
          if (outcome === 'ok') times.add(durationMs, now);
          // Given up before it began: it would have taken longer than that, nobody knows how much.
          else if (!hasFailed || error === 'deadline_exceeded') times.raise(durationMs, now);
        },
      };
    },
  };
}

/** A caller whose requests are refused makes no target slow. */
function isFaultOfProvider(error: NexusErrorCode | undefined): boolean {
  return error === undefined || CODES[error].fault === 'provider';
}

/** What is known of one target. */
class Speed {
  /** Attempts under way. */
  running = 0;
  readonly #streamed: PeakAverage;
  readonly #whole: PeakAverage;

  constructor(memoryMs: number) {
    this.#streamed = new PeakAverage(memoryMs);
    this.#whole = new PeakAverage(memoryMs);
  }

  timesOf({ streamed }: RequestFacts): PeakAverage {
    return streamed ? this.#streamed : this.#whole;
  }

  expectedMs(facts: RequestFacts, now: number): number {
    const ms = this.timesOf(facts).at(now);
    // The first who asks finds out for the others.
    if (ms === undefined) return this.running === 0 ? 0 : Infinity;
    return ms * (this.running + 1);
  }
}
