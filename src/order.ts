import type { Parts } from './parts.ts';
import type { BalanceHints, Target } from './ports/index.ts';

/** The balancer's order, or the configured one where the balancer fails or invents targets. */
export function orderOf(
  targets: readonly Target[],
  hints: BalanceHints,
  { balancer, logger }: Parts,
): readonly Target[] {
  if (targets.length < 2) return targets;
  try {
    const ordered = balancer.order(targets, hints);
    if (ordered.length === targets.length && targets.every((target) => ordered.includes(target))) return ordered;
    logger.error({ model: hints.facts.model }, 'the balancer lost or invented a target');
  } catch (cause) {
    logger.error({ model: hints.facts.model, cause }, 'the balancer failed');
  }
  return targets;
}
