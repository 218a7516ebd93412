import { performance } from 'node:perf_hooks';
import type { Clock } from '../ports/clock.ts';

/** Node's timers run at once when they are told to wait for more milliseconds than this. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return {
      cancel() {
        clearTimeout(timer);
      },
    };
  },
};
