import type { Clock } from '../ports/clock.ts';

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
