import { isPromise } from './defaults/is-promise.ts';
import type { Parts } from './parts.ts';
import type { BalanceHints, Target } from './ports/index.ts';

/** The balancer's order, or the configured one where the balancer fails or invents targets. */
export function orderOf(
  targets: readonly Target[],
  hints: BalanceHints,
  { balancer, logger }: Parts,
): readonly Target[] {
  if (targets.length < 2) return targets;
  const failed = (cause: unknown): void => {
    logger.error({ model: hints.facts.model, cause }, 'the balancer failed');
  };
  try {
    const ordered: unknown = balancer.order(targets, hints);
    if (isOrderOf(targets, ordered)) return ordered;
    if (isPromise(ordered)) {
      // A rejection that nobody hears would end the process.
      ordered.then(undefined, failed);
      failed(new TypeError('`order` returned a promise: nobody waits for whom to ask.'));
    } else logger.error({ model: hints.facts.model }, 'the balancer lost or invented a target');
  } catch (cause) {
    failed(cause);
  }
  return targets;
}

/** Balancers are written by anybody. */
function isOrderOf(targets: readonly Target[], ordered: unknown): ordered is readonly Target[] {
  if (!Array.isArray(ordered) || ordered.length !== targets.length) return false;
  return targets.every((target) => ordered.includes(target));
}
