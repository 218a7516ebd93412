import type { Clock } from '../ports/clock.ts';

/** The machine's own time. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return {
      cancel() {
        clearTimeout(timer);
      },
    };
  },
};
