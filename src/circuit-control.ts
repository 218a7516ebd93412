import { NexusError } from './errors.ts';
import type { Parts } from './parts.ts';
import type { Caller, CircuitReport } from './ports/index.ts';

/** The circuits as an admin sees and holds them. */
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

/**
 * What this caller may do with circuits.
 * @throws NexusError `forbidden` unless it is an admin: who holds a circuit open takes a provider from everybody.
 */
export function circuitControlFor(caller: Caller, { circuit, logger }: Parts): CircuitControl {
  if (caller.role !== 'admin')
    throw new NexusError('forbidden', 'Circuits are for admins. Use a key with the role "admin".');
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
