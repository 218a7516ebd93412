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
