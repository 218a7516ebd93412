import type { Clock, Timer } from '../ports/clock.ts';

/** Time that passes only when a test says so. */
export interface ManualClock extends Clock {
  /**
   * Lets `ms` pass: timers due within it run in their order, each at its own time, and everything that follows from
   * one has settled before the next runs.
   */
  advance(ms: number): Promise<void>;
  /** Timers that have not run yet. A finished test leaves none. */
  readonly pending: number;
}

interface Entry {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that starts at `startMs` (Unix milliseconds) and stands still. */
export function manualClock(startMs = 1_767_225_600_000): ManualClock {
  const entries = new Set<Entry>();
  let elapsed = 0;
  const nextDue = (until: number): Entry | undefined => {
    let next: Entry | undefined;
    for (const entry of entries) if (entry.at <= until && (!next || entry.at < next.at)) next = entry;
    return next;
  };
  return {
    now: () => startMs + elapsed,
    elapsed: () => elapsed,
    schedule(delayMs, run): Timer {
      const entry = { at: elapsed + Math.max(0, delayMs), run };
      entries.add(entry);
      return {
        cancel() {
          entries.delete(entry);
        },
      };
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settled();
      for (let entry = nextDue(until); entry; entry = nextDue(until)) {
        entries.delete(entry);
        elapsed = Math.max(elapsed, entry.at);
        entry.run();
        await settled();
      }
      elapsed = until;
      await settled();
    },
    get pending() {
      return entries.size;
    },
  };
}

/** Resolves when all promises that can settle by themselves have: the loop has come round once. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
