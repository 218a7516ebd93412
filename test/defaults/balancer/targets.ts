import type { BalanceHints, Target } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import fc from 'fast-check';

import { factsOf } from '../facts.ts';

const provider = scriptedProvider({ says: '' });

/** Targets named `0`, `1`, ... with these weights. */
export const targetsOf = (weights: readonly number[]): Target[] =>
  weights.map((weight, place) => ({ id: String(place), providerId: 'p', provider, model: 'm', weight }));

export const hints: BalanceHints = { conversationId: 'c', newConversation: true, callerId: 'a', facts: factsOf() };

export const idsOf = (targets: readonly Target[]): string[] => targets.map(({ id }) => id);

/** The same numbers in [0, 1) in every run. */
export function dice(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** How often each target comes first in so many orders. */
export function firsts(turns: number, order: () => readonly Target[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < turns; turn++) {
    const id = order()[0]?.id ?? 'nobody';
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

/** Weights as owners and routers may give them. */
export const anyWeights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })), {
  minLength: 2,
  maxLength: 40,
});

/** Rolls of the dice, the highest and the lowest among them. */
export const anyRolls = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 40,
  maxLength: 40,
});
