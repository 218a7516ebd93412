import { isJsonObject } from '../openai/json.ts';
import type { JsonObject } from '../openai/types.ts';
import { parseExact } from './exact-json.ts';
import { untranslatable } from './untranslatable.ts';

/**
 * The arguments of a call as an object, for providers that take no text; none are an empty object. To be printed by
 * `printExact`: numbers keep their digits.
 * @throws NexusError `request_invalid` when they are not the JSON of an object.
 */
export function argumentsOf(text: string, param: string): JsonObject {
  if (text.trim() === '') return {};
  const value = parsed(text);
  if (isJsonObject(value)) return value;
  throw untranslatable(param, 'must be the JSON of an object.');
}

function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
