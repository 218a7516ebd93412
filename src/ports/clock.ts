/** Time as the hub sees it. Tests hand in a manual one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a scale that never jumps; only differences mean something. */
  elapsed(): number;
  /**
   * Calls `run` once after `delayMs`. Keeps the process alive until it ran or was cancelled: somebody waits for it.
   */
  schedule(delayMs: number, run: () => void): Timer;
}

/** A scheduled call. */
export interface Timer {
  /** Takes the call back; does nothing when it already ran. */
  cancel(): void;
}
