import type { JsonObject } from './types.ts';

/** True for what JSON calls an object: no list, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
