/** npm and others who start us pass on the signal that the terminal has sent to all of us: that is still one. */
const ONE_SIGNAL_MS = 250;
const LOOK_EVERY_MS = 500;

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** What hears the signals, and is ended by a second one. */
interface Told {
  on(signal: keyof typeof NUMBERS, heard: () => void): unknown;
  exit(code: number): void;
}

/**
 * Calls `stop` once when the process is told to end, by SIGTERM, Ctrl-C or the end of the npm that started it. A second
 * signal ends the process at once. Tests hand in a process and a time of their own.
 */
export function whenToldToEnd(
  stop: (reason: string) => void,
  told: Told = process,
  elapsed: () => number = () => performance.now(),
): void {
  let toldAt: number | undefined;
  const tell = (reason: string): void => {
    if (toldAt !== undefined) return;
    toldAt = elapsed();
    stop(reason);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    told.on(signal, () => {
      if (toldAt !== undefined && elapsed() - toldAt > ONE_SIGNAL_MS) told.exit(128 + NUMBERS[signal]);
      tell(signal);
    });
  if (process.env['npm_lifecycle_event'] !== undefined) whenOrphaned(tell);
}

/**
 * npm hands a signal to the shell it runs scripts in, and many shells die of it without passing it on: all that is left
 * to see is that the parent is gone.
 */
function whenOrphaned(tell: (reason: string) => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) tell('npm has ended');
  }, LOOK_EVERY_MS).unref();
}
