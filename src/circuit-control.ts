import { NexusError } from './errors.ts';
import type { Parts } from './parts.ts';
import type { CircuitReport } from './ports/index.ts';
import type { Actor, Audit } from './request-audit.ts';

/** The circuits as whoever runs the hub sees and holds them. */
export interface CircuitControl {
  /** All that were ever asked for and are still remembered, by their ids. */
  list(): readonly CircuitReport[];
  /**
   * Holds a circuit open or closed whatever happens, or (`auto`) lets it go by its own rule again, closed at first.
   * Returns how it stands then.
   * @throws NexusError `not_found`, or `operation_unsupported` where the circuit breaker of this hub cannot be held;
   * `audit_unavailable`
   */
  hold(id: string, how: 'open' | 'closed' | 'auto'): Promise<CircuitReport>;
}

/** The circuits for a caller that may see and hold them; the audit log tells who held which. */
export function circuitControlFor(actor: Actor, { circuit, logger }: Parts, audit: Audit): CircuitControl {
  const list = (): CircuitReport[] =>
    [...(circuit.list?.() ?? [])].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const reportOf = (id: string): CircuitReport => {
    const report = list().find((one) => one.id === id);
    if (!report) throw unknownCircuit();
    return report;
  };
  return {
    list,
    async hold(id, how) {
      if (!circuit.hold)
        throw new NexusError(
          'operation_unsupported',
          'The circuit breaker of this hub has circuits that cannot be held.',
        );
      const before = { held: reportOf(id).held ?? null };
      const after = { held: how === 'auto' ? null : how };
      return audit.change({ action: 'circuits.hold', target: id, by: actor, before, after }, () => {
        if (!circuit.hold?.(id, how)) throw unknownCircuit();
        logger.info({ circuit: id, how, callerId: actor.id }, 'a circuit was held or freed');
        return reportOf(id);
      });
    },
  };
}

function unknownCircuit(): NexusError {
  return new NexusError('not_found', 'There is no such circuit. The list of circuits names those that there are.');
}
