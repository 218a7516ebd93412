import { isJsonObject } from '../openai/json.ts';
import type { ChatChunk, ChunkChoice, Delta, FinishReason, JsonObject, Usage } from '../openai/types.ts';

/** Members all chunks of a stream share. */
export interface ChunkHead {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  readonly created: number;
  readonly model: string;
}

/** A chunk that can be handed on as it is. */
export function isNormalChunk(raw: JsonObject, head: ChunkHead, choices: ChunkChoice[]): raw is JsonObject & ChatChunk {
  return (
    raw['choices'] === choices &&
    raw['id'] === head.id &&
    raw['model'] === head.model &&
    raw['created'] === head.created &&
    raw['object'] === head.object &&
    (raw['usage'] === undefined || raw['usage'] === null)
  );
}

/** A chunk that holds nothing but its usage, in normal form. */
export function isUsageChunk(raw: JsonObject, head: ChunkHead, usage: Usage): raw is JsonObject & ChatChunk {
  return (
    raw['usage'] === usage &&
    Array.isArray(raw['choices']) &&
    raw['id'] === head.id &&
    raw['model'] === head.model &&
    raw['created'] === head.created &&
    raw['object'] === head.object
  );
}

/** The list itself, all its members unchanged. */
export function isSameList(raw: readonly unknown[], choices: readonly ChunkChoice[]): raw is ChunkChoice[] {
  if (raw.length !== choices.length) return false;
  for (let place = 0; place < raw.length; place++) if (raw[place] !== choices[place]) return false;
  return true;
}

/** A choice that can be handed on as it is. */
export function isNormalChoice(
  raw: JsonObject,
  index: number,
  delta: Delta,
  finish: FinishReason | null,
): raw is JsonObject & ChunkChoice {
  return (
    raw['delta'] === delta &&
    raw['index'] === index &&
    (raw['finish_reason'] ?? null) === finish &&
    raw['usage'] === undefined
  );
}

/** The provider's own finish reason stays beside ours where they differ. */
export function rebuiltChoice(raw: JsonObject, index: number, delta: Delta, finish: FinishReason | null): ChunkChoice {
  const { usage: _usage, message: _message, finish_reason: native, ...rest } = raw;
  const keepsNative = finish !== null && native !== finish && rest['native_finish_reason'] === undefined;
  return { ...rest, index, delta, finish_reason: finish, ...(keepsNative ? { native_finish_reason: native } : {}) };
}

/** What a choice says besides the answer. */
export function notesOf(raw: JsonObject): JsonObject {
  const { index: _index, delta: _delta, finish_reason: _finish, logprobs: _logprobs, usage: _usage, ...notes } = raw;
  return notes;
}

/** The configuration of the model, where it is told. */
export function fingerprintOf(raw: JsonObject): { system_fingerprint?: string } {
  const fingerprint = raw['system_fingerprint'];
  return typeof fingerprint === 'string' ? { system_fingerprint: fingerprint } : {};
}

/** More than a role and empty texts. */
export function saysSomething(delta: object): boolean {
  return Object.entries(delta).some(([name, value]) => name !== 'role' && value !== null && value !== '');
}

/** A member of what may be an object. */
export function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

/** A text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A Unix time in seconds; 0 is what some servers put where they know none. */
export function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 1 && value < 1e12;
}

/** A place in a list. */
export function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
