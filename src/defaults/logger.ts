import type { Logger } from '../ports/logger.ts';

function nothing(): void {
  // A library does not write to anybody's console unasked.
}

/** Says nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
