import type { AttemptPlan } from './attempt-plan.ts';
import type { Call } from './call.ts';
import type { Parts } from './parts.ts';
import type { CallFacts } from './request-facts.ts';
import type { Visit } from './visit.ts';

/** One request's search for an answer: what is asked, whom to ask, and with what. */
export interface Search {
  readonly call: Call;
  readonly facts: CallFacts;
  readonly plan: AttemptPlan;
  readonly visit: Visit;
  readonly parts: Parts;
}

/** What is left of the search's time and of the caller's, in milliseconds. */
export function timeLeftMs({ call, plan, visit }: Search): number {
  // Who goes on with an answer that has begun does so outside the time of the call.
  const calledMs = visit.firstContentMs === undefined ? (call.timeoutMs ?? Infinity) : Infinity;
  return Math.min(plan.deadlineMs, calledMs) - visit.age();
}
