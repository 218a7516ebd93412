import type { NexusError } from 'nexusai-hub';
import type { CircuitBreaker, Clock, Target, Ticket } from 'nexusai-hub/ports';
import { LONGEST_PROBE_MS } from '../../../src/defaults/circuit.ts';

/** The same breaker; says when it lets in whom it must not. */
export function watchedCircuit(
  breaker: CircuitBreaker,
  clock: Clock,
  complain: (what: string) => void,
): CircuitBreaker {
  /** When the probe of a target began that is under way. */
  const probes = new Map<string, number>();
  const asProbe = (id: string, ticket: Ticket): Ticket => {
    const begun = probes.get(id);
    if (begun !== undefined && clock.now() < begun + LONGEST_PROBE_MS) complain(`${id} has two probes at once`);
    probes.set(id, clock.now());
    const ending =
      <Given extends readonly unknown[]>(verb: (...given: Given) => void) =>
      (...given: Given): void => {
        probes.delete(id);
        verb(...given);
      };
    return {
      succeed: ending(() => ticket.succeed()),
      fail: ending((error: NexusError) => ticket.fail(error)),
      abandon: ending(() => ticket.abandon()),
    };
  };
  return {
    ...breaker,
    enter(target: Target, insist = false) {
      const { id } = target;
      const state = breaker.state(target);
      const ticket = breaker.enter(target, insist);
      if (!ticket) return undefined;
      if (state.kind === 'open' && !insist) complain(`${id} was entered although its circuit is open`);
      if (state.kind === 'open' && state.why === 'forced') complain(`${id} was entered although it is held open`);
      return state.kind === 'half-open' && !insist ? asProbe(id, ticket) : ticket;
    },
  };
}
