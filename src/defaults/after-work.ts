import type { Clock } from '../ports/clock.ts';

/**
 * Calls `run` after `ms`, but not before what has arrived by then was read: a process that was busy for so long must not
 * blame somebody else. Returns how to call it off.
 */
export function afterWork(ms: number, clock: Clock, run: () => void): () => void {
  let timer = clock.schedule(ms, () => {
    timer = clock.schedule(0, run);
  });
  return () => timer.cancel();
}
