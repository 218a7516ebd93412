import type { Clock } from './ports/index.ts';
import type { Visit } from './visit.ts';

/** Waits `ms`, or throws as soon as the caller of this visit leaves. */
export async function pauseOf(visit: Visit, ms: number, clock: Clock): Promise<void> {
  if (ms <= 0 && !visit.cancelledBy) return;
  let wake: (() => void) | undefined;
  const timer = clock.schedule(ms, () => wake?.());
  try {
    await visit.wait(
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
    );
  } finally {
    timer.cancel();
  }
}
