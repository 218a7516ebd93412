const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Pause before the next try to connect. Doubles; half of it is chance, so that not all processes come at once. */
export function pauseMs(tries: number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10));
  return most * (0.5 + Math.random() / 2);
}
