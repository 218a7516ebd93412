import { NexusError } from './errors.ts';
import type { Parts } from './parts.ts';
import type { Caller, CircuitReport } from './ports/index.ts';

/** The circuits as whoever runs the hub sees and holds them. */
export interface CircuitControl {
  /** All that were ever asked for and are still remembered, by their ids. */
  list(): readonly CircuitReport[];
  /**
   * Holds a circuit open or closed whatever happens, or (`auto`) lets it go by its own rule again, closed at first.
   * Returns how it stands then.
   * @throws NexusError `not_found`, or `operation_unsupported` where the circuit breaker of this hub cannot be held.
   */
  hold(id: string, how: 'open' | 'closed' | 'auto'): CircuitReport;
}

/** The circuits for a caller that may see and hold them; the log tells who held which. */
export function circuitControlFor(caller: Caller, { circuit, logger }: Parts): CircuitControl {
  const list = (): CircuitReport[] =>
    [...(circuit.list?.() ?? [])].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  return {
    list,
    hold(id, how) {
      if (!circuit.hold)
        throw new NexusError(
          'operation_unsupported',
          'The circuit breaker of this hub has circuits that cannot be held.',
        );
      const isHeld = circuit.hold(id, how);
      const report = list().find((one) => one.id === id);
      if (!isHeld || !report)
        throw new NexusError('not_found', 'There is no such circuit. The list of circuits names those that there are.');
      logger.info({ circuit: id, how, callerId: caller.id }, 'a circuit was held or freed');
      return report;
    },
  };
}
