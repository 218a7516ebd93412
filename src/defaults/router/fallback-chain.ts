import type { Fallback, FallbackCause, Target } from '../../ports/router.ts';

/** A model that may answer in another's place. */
export interface FallbackOptions {
  readonly model: string;
  readonly on: readonly FallbackCause[];
}

/** Fallbacks by the model in whose place they answer. */
export type FallbackTable = ReadonlyMap<string, readonly FallbackOptions[]>;

/**
 * Who may answer in the place of `model`: its fallbacks, each followed by those that may answer in its own place. A
 * fallback that has no target for the request is unavailable from the start: those that stand in for that are taken at
 * once.
 */
export function fallbackChain(
  model: string,
  table: FallbackTable,
  targetsOf: (model: string) => readonly Target[],
): Fallback[] {
  const chain: Fallback[] = [];
  const seen = new Set<string>();
  const follow = (from: string, insteadOf: string, causes?: readonly FallbackCause[]): void => {
    if (seen.has(from)) return;
    seen.add(from);
    for (const { model: next, on } of table.get(from) ?? []) {
      if (causes && !on.includes('unavailable')) continue;
      const targets = targetsOf(next);
      if (targets.length === 0) {
        follow(next, insteadOf, causes ?? on);
        continue;
      }
      chain.push({ model: next, insteadOf, targets, on: causes ?? on });
      follow(next, next);
    }
  };
  follow(model, model);
  return chain;
}
