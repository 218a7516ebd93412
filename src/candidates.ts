import type { Leg } from './legs.ts';
import type { Candidate, CircuitBreaker, Target } from './ports/index.ts';
import type { Tried } from './tried.ts';

/** A model and its targets, in the order they are asked. */
export interface Order {
  readonly leg: Leg;
  readonly targets: readonly Target[];
}

/** What a search knows of the targets it came to. */
export interface SearchState {
  /** The models it came to. */
  readonly orders: readonly Order[];
  /** Targets that were asked. */
  readonly asked: readonly Target[];
  readonly tried: Tried;
  readonly circuit: CircuitBreaker;
}

/** Every target a search came to, in its order, and what became of it. */
export function candidatesOf({ orders, asked, tried, circuit }: SearchState): readonly Candidate[] {
  return orders.flatMap(({ leg, targets }) =>
    targets.map((target) => {
      const failed = tried.failures.findLast((failure) => failure.target === target);
      const alone = tried.whyLeftAlone(target);
      const verdict = asked.includes(target) ? 'asked' : alone ? 'left_alone' : failed ? 'no_place' : 'not_needed';
      return candidateOf(target, leg.model, circuit, verdict, failed?.error.code ?? alone);
    }),
  );
}

/** One target, as it is told. */
export function candidateOf(
  target: Target,
  model: string,
  circuit: CircuitBreaker,
  verdict: Candidate['verdict'],
  why: string | undefined,
): Candidate {
  const { id, weight, tier = 1 } = target;
  return { target: id, model, tier, weight, circuit: circuit.state(target).kind, verdict, why };
}
