import { NexusError } from '../errors.ts';
import type { FlowControl, Slot, Waiting } from '../ports/flow-control.ts';
import type { Quota, Refusal, Reservation } from '../ports/quota.ts';
import type { Target } from '../ports/router.ts';

/**
 * Sends no provider more attempts in any second than `perSecondOf` says, all together that ask the same quota. Over its
 * pace a provider is not waited for. Who gets no place there has not used its pace either.
 */
export function pacedFlowControl(
  flow: FlowControl,
  perSecondOf: (providerId: string) => number,
  quota: Quota,
): FlowControl {
  return {
    enter(target, waiting) {
      const limit = perSecondOf(target.providerId);
      if (!Number.isFinite(limit)) return flow.enter(target, waiting);
      const key = `provider:${target.providerId}:requests`;
      const taken = quota.take([{ kind: 'rate', key, limit, perMs: 1_000, evenly: true, units: 1 }]);
      return taken instanceof Promise
        ? taken.then((pace) => enterInPace(flow, pace, target, waiting))
        : enterInPace(flow, taken, target, waiting);
    },
    close: () => flow.close?.(),
  };
}

function enterInPace(
  flow: FlowControl,
  pace: Reservation | Refusal,
  target: Target,
  waiting: Waiting,
): Slot | Promise<Slot> {
  const { providerId } = target;
  if ('refusedBy' in pace) {
    const details = { provider: providerId, retryAfterMs: pace.retryAfterMs };
    throw new NexusError('overloaded', `The provider "${providerId}" is at its rate limit.`, details);
  }
  const used = (slot: Slot): Slot => {
    pace.settle([1]);
    return slot;
  };
  const unused = (cause: unknown): never => {
    pace.settle([0]);
    throw cause;
  };
  try {
    const slot = flow.enter(target, waiting);
    return slot instanceof Promise ? slot.then(used, unused) : used(slot);
  } catch (cause) {
    return unused(cause);
  }
}
