import type { Seen } from './load.ts';
import type { Watch } from './watch.ts';

/** What came of one scenario. */
export interface Measured {
  readonly seen: readonly Seen[];
  readonly watch: Watch;
  readonly forMs: number;
  /** Probes that were due while the failing provider was left alone. */
  readonly probesDue: number;
  /** What the providers were asked, and when each of them was told to stop. */
  readonly asked: readonly AskedProvider[];
  /** All that requests had taken was given back. */
  readonly gaveBack: boolean;
}

/** One request as a provider saw it. */
export interface AskedProvider {
  readonly tag: string;
  /** When it arrived, in milliseconds of `performance.now()`. */
  readonly atMs: number;
  /** When its caller went away before the answer was over. */
  readonly leftAtMs: number | undefined;
}

/** How many answers ended so. */
export function countOf({ seen }: Measured, ending: Seen['ending']): number {
  return seen.filter((one) => one.ending === ending).length;
}
