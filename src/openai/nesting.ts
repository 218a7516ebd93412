import type { JsonObject } from './types.ts';

/** How many levels of lists and objects a request may have. */
export const MAX_DEPTH: number = 128;

/** Whether a value holds more levels than {@link MAX_DEPTH}. Goes no deeper than that itself, also in a cycle. */
export function isTooDeep(value: JsonObject): boolean {
  return isDeeper(value, MAX_DEPTH);
}

function isDeeper(value: JsonObject | unknown[], levels: number): boolean {
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isNested(item) && isDeeper(item, levels - 1));
  // `for in` takes a fifth of the time of `Object.values`; what a prototype may add does no harm here.
  for (const name in value) {
    const member = value[name];
    if (isNested(member) && isDeeper(member, levels - 1)) return true;
  }
  return false;
}

function isNested(value: unknown): value is JsonObject | unknown[] {
  return typeof value === 'object' && value !== null;
}
