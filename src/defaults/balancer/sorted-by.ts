import type { Target } from '../../ports/router.ts';

/** The targets with the smallest value first; those with the same value stay as they are. Each is asked for once. */
export function sortedBy(targets: readonly Target[], valueOf: (target: Target) => number): Target[] {
  const valued = targets.map((target) => ({ target, value: valueOf(target) }));
  // A difference would be NaN for two that are Infinity.
  valued.sort((one, other) => (one.value < other.value ? -1 : one.value > other.value ? 1 : 0));
  return valued.map(({ target }) => target);
}
