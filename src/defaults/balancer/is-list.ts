import type { Target } from '../../ports/router.ts';

/** Whether a strategy gave a list, as it should. Strategies are written by anybody. */
export function isList(ordered: readonly Target[]): boolean {
  return Array.isArray(ordered);
}
