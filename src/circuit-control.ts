import { NexusError } from './errors.ts';
import { questionFor } from './model-directory.ts';
import type { Parts } from './parts.ts';
import type { CircuitReport, Router, Target } from './ports/index.ts';
import type { Actor, Audit } from './request-audit.ts';

/** The circuits as whoever runs the hub sees and holds them. */
export interface CircuitControl {
  /** All that were ever asked for and are still remembered, by their ids. */
  list(): readonly CircuitReport[];
  /**
   * Holds a circuit open or closed whatever happens, or (`auto`) lets it go by its own rule again, closed at first.
   * Returns how it stands then. Those of targets that are configured by name can be held before they are asked.
   * @throws NexusError `not_found`, or `operation_unsupported` where the circuit breaker of this hub cannot be held;
   * `audit_unavailable`
   */
  hold(id: string, how: 'open' | 'closed' | 'auto'): Promise<CircuitReport>;
}

/** The circuits for a caller that may see and hold them; the audit log tells who held which. */
export function circuitControlFor(actor: Actor, { circuit, router, logger }: Parts, audit: Audit): CircuitControl {
  const list = (): CircuitReport[] =>
    [...(circuit.list?.() ?? [])].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const reportOf = (id: string): CircuitReport => {
    const report = list().find((one) => one.id === id);
    if (!report) throw unknownCircuit();
    return report;
  };
  const isKnown = (id: string): boolean => list().some((one) => one.id === id);
  /** Circuits are made when somebody first looks at them. */
  const lookAtTargetOf = (id: string): void => {
    const target = targetsIn(router, actor).find((one) => circuitIdsOf(one).includes(id));
    if (target) circuit.state(target);
  };
  return {
    list,
    async hold(id, how) {
      if (!circuit.hold)
        throw new NexusError(
          'operation_unsupported',
          'The circuit breaker of this hub has circuits that cannot be held.',
        );
      if (!isKnown(id)) lookAtTargetOf(id);
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

/** All targets of the models that are configured by name. */
function targetsIn(router: Router, { id: callerId, role }: Actor): Target[] {
  const caller = { id: callerId, role };
  return router.models(caller).flatMap(({ name }) => {
    const question = questionFor(name);
    const leftOut = router.leftOut?.(question, caller).map(({ target }) => target) ?? [];
    try {
      return [...router.route(question, caller), ...leftOut];
    } catch {
      return leftOut; // The router says by throwing that no target is for a request as plain as that.
    }
  });
}

/** The target's own, its model's and its key's; a breaker that has others knows no circuit of that name. */
function circuitIdsOf({ id, providerId, model, keyId = '' }: Target): readonly string[] {
  return [id, `${providerId}/${model}`, `${providerId}#${keyId}`];
}

function unknownCircuit(): NexusError {
  return new NexusError(
    'not_found',
    'There is no such circuit: none in the list, and none of a target that is configured by name.',
  );
}
