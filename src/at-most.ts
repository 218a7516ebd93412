import type { Clock } from './ports/index.ts';

/** Waits for `pending`, but no longer than `ms`. */
export function atMost(ms: number, pending: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.schedule(ms, resolve);
    void pending.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
