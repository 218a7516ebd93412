import type { NexusError } from './errors.ts';
import { hear, partFailed } from './failing-part.ts';
import type { Parts } from './parts.ts';
import type { Outcome, Slot, Target, Ticket } from './ports/index.ts';

// What an attempt took hears of it and is given back, each by a function of its own: what one part fails by is not the
// other's loss, and closures would be made anew for every attempt.

const SLOT_FAILED = 'flow control failed at taking a place back';
const ANSWERS_FAILED = 'the circuit breaker failed at hearing of the first content of an answer';
const TICKET_FAILED = 'the circuit breaker failed at hearing of the end of an attempt';

/** Gives the place to the next in the queue. */
export function releaseSlot(slot: Slot, target: Target, parts: Parts): void {
  const answering: { release(): unknown } = slot;
  try {
    hear(answering.release(), SLOT_FAILED, target, parts);
  } catch (cause) {
    partFailed(cause, SLOT_FAILED, target, parts);
  }
}

/** Tells the circuit that the first content is here. */
export function tellAnswers(ticket: { answers?(): unknown }, target: Target, parts: Parts): void {
  try {
    hear(ticket.answers?.(), ANSWERS_FAILED, target, parts);
  } catch (cause) {
    partFailed(cause, ANSWERS_FAILED, target, parts);
  }
}

/** Tells the circuit how the attempt ended. */
export function settleTicket(
  ticket: Ticket,
  outcome: Outcome,
  error: NexusError | undefined,
  target: Target,
  parts: Parts,
): void {
  try {
    hear(settled(ticket, outcome, error), TICKET_FAILED, target, parts);
  } catch (cause) {
    partFailed(cause, TICKET_FAILED, target, parts);
  }
}

function settled(
  ticket: { succeed(): unknown; fail(error: NexusError): unknown; abandon(): unknown },
  outcome: Outcome,
  error: NexusError | undefined,
): unknown {
  if (!error) return ticket.succeed();
  return outcome === 'aborted' ? ticket.abandon() : ticket.fail(error);
}
