import type { Logger } from '../ports/logger.ts';
import type { CircuitMove } from './circuit.ts';

/**
 * Tells the owner that something is left alone, and when it is well again: a line for each move, however many requests
 * and probes fail in between. A time that a provider told is no news: it says itself when it is over.
 */
export function logMove(logger: Logger, circuit: string, move: CircuitMove): void {
  if (move.to === 'closed') {
    logger.info({ circuit }, 'a circuit closed: what it guards is well again');
    return;
  }
  const { retryAtMs, why, cause } = move;
  const message =
    why === 'key'
      ? "a circuit opened: the provider refuses the hub's key, or its quota is used up"
      : 'a circuit opened: what it guards keeps failing, and is left alone';
  logger.warn({ circuit, retryAtMs, code: cause?.code, cause }, message);
}
