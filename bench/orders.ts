import type { BalanceHints, Balancer, RequestFacts, Target } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';

import { STRATEGY_NAMES, type StrategyName, balancerOf } from '../src/defaults/balancer.ts';
import { inTiers } from '../src/defaults/balancer/in-tiers.ts';
import { systemClock } from '../src/defaults/clock.ts';

const FACTS: RequestFacts = {
  model: 'm',
  operation: 'chat',
  streamed: true,
  hasTools: false,
  metadata: {},
  promptTokens: 500,
};
const PRICES = { priceOf: ({ model }: { model: string }) => ({ input: model.length, output: 1, version: 'bench' }) };

/** An order of targets by a strategy, beside the least that any order takes: a die and a copy of the list. */
export interface OrderPiece {
  readonly strategy: StrategyName;
  readonly count: number;
  readonly ours: () => unknown;
  readonly plain: () => unknown;
}

/** Every strategy, as the hub has it, with few targets and with many. */
export function orderPieces(counts: readonly number[]): readonly OrderPiece[] {
  return counts.flatMap((count) => STRATEGY_NAMES.map((strategy) => orderPiece(strategy, count)));
}

function orderPiece(strategy: StrategyName, count: number): OrderPiece {
  const targets = targetsOf(count);
  const balancer = inTiers(balancerOf(strategy, { random: Math.random, clock: systemClock, prices: PRICES }));
  warmUp(balancer, targets);
  let turn = 0;
  const plain = (): readonly Target[] => {
    const order = [...targets];
    const place = Math.floor(Math.random() * count);
    const [first] = targets;
    const chosen = targets[place];
    if (first && chosen) [order[0], order[place]] = [chosen, first];
    return order;
  };
  return { strategy, count, ours: () => balancer.order(targets, hintsOf(turn++)), plain };
}

/** Strategies that go by attempts have seen some, and some are under way. */
function warmUp(balancer: Balancer, targets: readonly Target[]): void {
  for (const [place, target] of targets.entries()) {
    balancer.begins?.(target, FACTS).content(50 + place);
    const over = balancer.begins?.(target, FACTS);
    over?.content(60 + place);
    over?.over('ok', 1_000, undefined);
  }
}

function targetsOf(count: number): readonly Target[] {
  const provider = scriptedProvider({ says: '' });
  return Array.from({ length: count }, (_, place) => {
    const providerId = `provider-${place}`;
    return { id: `${providerId}/gpt-4o`, providerId, provider, model: 'gpt-4o', weight: 1 + (place % 3) };
  });
}

function hintsOf(turn: number): BalanceHints {
  return { conversationId: `conv_${turn % 1_000}`, newConversation: false, callerId: 'app', facts: FACTS };
}
