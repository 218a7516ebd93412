import { NexusError } from '../errors.ts';
import type { FlowControl, Slot, Waiting } from '../ports/flow-control.ts';
import type { Bound, Quota, Refusal, Reservation } from '../ports/quota.ts';
import type { Target } from '../ports/router.ts';
import { isPromise } from './is-promise.ts';

const USED: readonly number[] = [1];
const UNUSED: readonly number[] = [0];

/**
 * Sends no provider more attempts in any second than `perSecondOf` says, all together that ask the same quota. Over its
 * pace a provider is not waited for. Who gets no place there has not used its pace either.
 */
export function pacedFlowControl(
  flow: FlowControl,
  perSecondOf: (providerId: string) => number,
  quota: Quota,
): FlowControl {
  /** By provider: a key that is put together anew has to be hashed anew, too. */
  const known = new Map<string, readonly Bound[]>();
  const boundsOf = (providerId: string, limit: number): readonly Bound[] => {
    let bounds = known.get(providerId);
    if (bounds?.[0]?.limit !== limit) {
      const key = `provider:${providerId}:requests`;
      known.set(providerId, (bounds = [{ kind: 'rate', key, limit, perMs: 1_000, evenly: true, units: 1 }]));
    }
    return bounds;
  };
  return {
    enter(target, waiting) {
      const limit = perSecondOf(target.providerId);
      if (!Number.isFinite(limit)) return flow.enter(target, waiting);
      const taken = quota.take(boundsOf(target.providerId, limit));
      return isPromise(taken)
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
  try {
    const slot = flow.enter(target, waiting);
    if (isPromise(slot)) return settledBy(slot, pace);
    pace.settle(USED);
    return slot;
  } catch (cause) {
    pace.settle(UNUSED);
    throw cause;
  }
}

async function settledBy(waiting: Promise<Slot>, pace: Reservation): Promise<Slot> {
  try {
    const slot = await waiting;
    pace.settle(USED);
    return slot;
  } catch (cause) {
    pace.settle(UNUSED);
    throw cause;
  }
}
