import { Attempt } from './attempt.ts';
import type { Step } from './attempt-plan.ts';
import { asNexusError } from './errors.ts';
import type { AttemptReason, Slot } from './ports/index.ts';
import { priorityOf } from './priority.ts';
import type { Search } from './search.ts';

/** What is different about an attempt that is not simply the next. */
export interface Entry {
  /** In place of the plan's own reason. */
  readonly reason?: AttemptReason;
  /** Asked when the place is there: whether the attempt is still wanted. */
  readonly isWanted?: () => boolean;
}

/**
 * Takes a place at the provider and the circuit's admission; `undefined` when this target is not to be asked now. The
 * place comes first: a request that waits for one must not hold the circuit's only probe.
 *
 * @throws NexusError when the search is over.
 */
export async function enter(
  step: Step,
  search: Search,
  { reason, isWanted = () => true }: Entry = {},
): Promise<Attempt | undefined> {
  const { plan, visit, parts, call } = search;
  const { target, maxWaitMs, insist } = step;
  let slot: Slot;
  try {
    const priority = priorityOf(visit.caller, call.priority, call.credentials);
    const waiting = { signal: visit.signal, maxWaitMs, priority };
    slot = await visit.wait(parts.flow.enter(target, waiting), (late) => {
      late.release();
    });
  } catch (cause) {
    const error = asNexusError(cause);
    if (visit.cancelledBy || !plan.noPlace(step, error)) throw error;
    return undefined;
  }
  if (visit.age() >= parts.attempts.deadlineMs || !isWanted()) {
    slot.release();
    return undefined;
  }
  try {
    const ticket = parts.circuit.enter(target, insist);
    if (ticket) {
      const planned = plan.begin(target);
      return new Attempt(search, { target, reason: reason ?? planned, slot, ticket });
    }
  } catch (cause) {
    slot.release();
    throw cause;
  }
  slot.release();
  plan.leaveAlone(target);
  return undefined;
}
