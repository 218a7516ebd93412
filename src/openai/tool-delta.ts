import { isJsonObject } from './json.ts';
import type { JsonObject, ToolCallDelta } from './types.ts';

/** A delta of a tool call as it came, read leniently: absent, `null` and empty are the same. */
export interface ToolDelta {
  readonly raw: JsonObject;
  readonly kind: 'function' | 'custom';
  /** Its `function` or `custom` member. */
  readonly payload: JsonObject | undefined;
  /** `undefined` when it has none. */
  readonly index: number | undefined;
  /** `''` when it has none. */
  readonly id: string;
  /** `''` when it has none. */
  readonly name: string;
  /** What it adds to the arguments (to the input of a custom tool). */
  readonly text: string;
}

const KNOWN_MEMBERS: ReadonlySet<string> = new Set(['index', 'id', 'type', 'function', 'custom']);

/** Reads a delta of any server. */
export function readToolDelta(raw: JsonObject): ToolDelta {
  const { index, id, custom } = raw;
  const kind = isJsonObject(custom) ? 'custom' : 'function';
  const payload = isJsonObject(raw[kind]) ? raw[kind] : undefined;
  return {
    raw,
    kind,
    payload,
    index: typeof index === 'number' ? index : undefined,
    id: typeof id === 'string' ? id : '',
    name: typeof payload?.['name'] === 'string' ? payload['name'] : '',
    text: textOf(kind === 'custom' ? payload?.['input'] : payload?.['arguments']),
  };
}

/** The first delta of a call in normal form; the object that came when it is so already. */
export function openingDelta(delta: ToolDelta, index: number, id: string): ToolCallDelta {
  const { raw, kind, payload } = delta;
  const isNamed = typeof payload?.['name'] === 'string';
  if (raw['id'] === id && raw['type'] === kind && isNamed && isPlaced(raw, delta, index)) return raw;
  const typed: JsonObject = { ...raw, type: kind };
  return { ...typed, index, id, ...payloadOf(delta, true) };
}

/**
 * A later delta of a call in normal form, which has no id, and no name unless it brings it late; `undefined` when that
 * leaves nothing.
 */
export function continuingDelta(delta: ToolDelta, index: number, addsName: boolean): ToolCallDelta | undefined {
  const { raw, payload, text } = delta;
  const isClean = raw['id'] === undefined && (addsName || payload?.['name'] === undefined);
  if (isClean && isPlaced(raw, delta, index)) return raw;
  const { id: _id, type: _type, ...rest } = raw;
  if (text === '' && !addsName && Object.keys(rest).every((name) => KNOWN_MEMBERS.has(name))) return undefined;
  return { ...rest, index, ...payloadOf(delta, addsName) };
}

/** At its place, with text where text belongs; the rest is for the caller to know. */
function isPlaced(raw: JsonObject, { kind, payload }: ToolDelta, index: number): raw is JsonObject & ToolCallDelta {
  const text = kind === 'custom' ? payload?.['input'] : payload?.['arguments'];
  return raw['index'] === index && payload !== undefined && (text === undefined || typeof text === 'string');
}

function payloadOf(
  { kind, payload, name, text }: ToolDelta,
  named: boolean,
): Pick<ToolCallDelta, 'function' | 'custom'> {
  const { name: _name, ...rest } = payload ?? {};
  const members = named ? { ...rest, name } : rest;
  return kind === 'custom' ? { custom: { ...members, input: text } } : { function: { ...members, arguments: text } };
}

/** Arguments are text; a server that sends the object itself leaves no choice but to print it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : '';
}
