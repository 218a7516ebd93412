import { releaseSlot, settleTicket } from './after-attempt.ts';
import { Attempt } from './attempt.ts';
import type { Step } from './attempt-plan.ts';
import { isPromise } from './defaults/is-promise.ts';
import type { NexusError } from './errors.ts';
import { asNexusError } from './errors.ts';
import type { AttemptReason, Slot, Ticket } from './ports/index.ts';
import { priorityOf } from './priority.ts';
import { Stop } from './provider-kit/stop.ts';
import type { Search } from './search.ts';

/** What is different about an attempt that is not simply the next. */
export interface Entry {
  /** In place of the plan's own reason. */
  readonly reason?: AttemptReason | undefined;
  /** Aborts when the attempt is no longer wanted. */
  readonly over?: Stop;
  /** Asked when the place is there, besides: whether the attempt may still begin. */
  readonly isWanted?: () => boolean;
  /** Told of the attempt in the same step: a turn of the queue later it may be wanted no more, and nobody's. */
  readonly begun?: (attempt: Attempt) => void;
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
  if (step.others.length > 0) return enterFirst(step, priority, search, entry);
  const waiting = { signal: entry.over?.signal ?? visit.signal, maxWaitMs: step.maxWaitMs, priority };
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

/**
 * Waits for places at several targets at once. The first that comes is taken, the other queues are left, and a place that
 * comes all the same is given back. Who is waited for in vain is noted as it says so.
 */
function enterFirst(step: Step, priority: number, search: Search, entry: Entry): Promise<Attempt | undefined> {
  const { visit, parts, plan } = search;
  const steps = [step.target, ...step.others].map((target) => ({ ...step, target }));
  return new Promise((resolve, reject) => {
    const awaited = new Set(steps);
    const leaving = new Stop();
    const leave = (): void => {
      visit.unfollow(cancelled);
      entry.over?.removeEventListener('abort', outrun);
      leaving.abort();
    };
    const outrun = (): void => {
      leave();
      resolve(undefined);
    };
    const cancelled = (error: NexusError): void => {
      leave();
      reject(error);
    };
    const hear = (from: Step, begun: () => Attempt | undefined): void => {
      awaited.delete(from);
      try {
        const attempt = begun();
        // One that is to be left alone now, or gave no place, leaves the others to be waited for.
        if (!attempt && awaited.size > 0 && plan.mayBegin()) return;
        leave();
        plan.stillFull([...awaited].map(({ target }) => target));
        resolve(attempt);
      } catch (cause) {
        cancelled(asNexusError(cause));
      }
    };
    const given = (slot: Slot, at: Step): void => {
      if (leaving.aborted) releaseSlot(slot, at.target, parts);
      else hear(at, () => beginIn(slot, at, search, entry));
    };
    const refused = (cause: unknown, by: Step): void => {
      if (!leaving.aborted) hear(by, () => withoutPlace(cause, by, search));
    };

    visit.follow(cancelled);
    entry.over?.addEventListener('abort', outrun);
    for (const one of steps) {
      if (leaving.aborted) return;
      try {
        const slot = parts.flow.enter(one.target, { signal: leaving.signal, maxWaitMs: step.maxWaitMs, priority });
        if (isPromise(slot))
          slot.then(
            (late) => {
              given(late, one);
            },
            (cause: unknown) => {
              refused(cause, one);
            },
          );
        else given(slot, one);
      } catch (cause) {
        refused(cause, one);
      }
    }
  });
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
  { reason, over, isWanted, begun }: Entry,
): Attempt | undefined {
  const { plan, visit, parts } = search;
  const afterMs = visit.age();
  if (!plan.mayBegin(plan.deadlineMs - afterMs) || over?.aborted || isWanted?.() === false) {
    releaseSlot(slot, target, parts);
    // Nobody was asked there: it is when the others have failed.
    if (over) plan.stillFull([target]);
    return undefined;
  }
  let ticket: Ticket | undefined;
  try {
    ticket = parts.circuit.enter(target, insist);
    if (ticket) {
      const planned = plan.begin(target);
      const attempt = new Attempt(search, { target, reason: reason ?? planned, slot, ticket, afterMs });
      begun?.(attempt);
      return attempt;
    }
  } catch (cause) {
    releaseSlot(slot, target, parts);
    if (ticket) settleTicket(ticket, 'aborted', asNexusError(cause), target, parts);
    throw cause;
  }
  releaseSlot(slot, target, parts);
  plan.leaveAlone(target);
  return undefined;
}
