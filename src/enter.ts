import { releaseSlot } from './after-attempt.ts';
import { Attempt } from './attempt.ts';
import type { Step } from './attempt-plan.ts';
import { isPromise } from './defaults/is-promise.ts';
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

const AS_PLANNED: Entry = {};

/**
 * Takes a place at the provider and the circuit's admission; `undefined` when this target is not to be asked now. The
 * place comes first: a request that waits for one must not hold the circuit's only probe.
 *
 * @throws NexusError, or rejects with one, when the search is over.
 */
export function enter(
  step: Step,
  search: Search,
  entry: Entry = AS_PLANNED,
): Attempt | undefined | Promise<Attempt | undefined> {
  const { visit, parts, call } = search;
  const priority = priorityOf(visit.caller, call.priority, call.credentials);
  const waiting = { signal: visit.signal, maxWaitMs: step.maxWaitMs, priority };
  let slot: Slot | Promise<Slot>;
  try {
    slot = parts.flow.enter(step.target, waiting);
    if (isPromise(slot)) slot = visit.wait(slot, (late) => releaseSlot(late, step.target, parts));
  } catch (cause) {
    return withoutPlace(cause, step, search);
  }
  if (!(slot instanceof Promise)) return beginIn(slot, step, search, entry);
  return slot.then(
    (place) => beginIn(place, step, search, entry),
    (cause: unknown) => withoutPlace(cause, step, search),
  );
}

/** @throws NexusError when nobody else is to be asked. */
function withoutPlace(cause: unknown, step: Step, { plan, visit }: Search): Attempt | undefined {
  const error = asNexusError(cause);
  if (visit.cancelledBy || !plan.noPlace(step, error)) throw error;
  return undefined;
}

function beginIn(
  slot: Slot,
  { target, insist }: Step,
  search: Search,
  { reason, isWanted }: Entry,
): Attempt | undefined {
  const { plan, visit, parts } = search;
  const afterMs = visit.age();
  if (!plan.mayBegin(parts.attempts.deadlineMs - afterMs) || isWanted?.() === false) {
    releaseSlot(slot, target, parts);
    return undefined;
  }
  try {
    const ticket = parts.circuit.enter(target, insist);
    if (ticket) {
      const planned = plan.begin(target);
      return new Attempt(search, { target, reason: reason ?? planned, slot, ticket, afterMs });
    }
  } catch (cause) {
    releaseSlot(slot, target, parts);
    throw cause;
  }
  releaseSlot(slot, target, parts);
  plan.leaveAlone(target);
  return undefined;
}
