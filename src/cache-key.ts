import { hash } from 'node:crypto';
import type { ChatCall, EmbeddingCall } from './call.ts';
import { isJsonObject } from './openai/json.ts';
import type { CacheKey, Target } from './ports/index.ts';

/** Whose answers are told from whose: those of each caller, or none. */
export type CacheScope = { readonly of: 'caller'; readonly callerId: string } | { readonly of: 'hub' };

/** Changes with the form of a key, so that old answers are no longer found. */
const FORM = 1;

/** What no answer depends on: how it is delivered, and what is noted beside it. */
const BESIDE: ReadonlySet<string> = new Set(['stream', 'stream_options', 'metadata', 'include_history']);

/**
 * What an answer to this call is kept under, the only place where such a key is made. In it are its scope, the model's
 * name, who may answer, and every other member of the body, known here or not, in whatever order they came.
 *
 * `undefined` for a body that does not say all there is to it: numbers that were rounded when they were read, and values
 * that print themselves. Two that differ might look the same.
 */
export function cacheKeyOf(
  scope: CacheScope,
  { operation, request }: ChatCall | EmbeddingCall,
  targets: readonly Target[],
): CacheKey | undefined {
  const owner = scope.of === 'hub' ? 'hub' : `caller:${scope.callerId}`;
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) if (!BESIDE.has(name)) members[`.${name}`] = value;
  const route = targets.map(({ id }) => id).sort();
  const text = canonical([FORM, owner, operation, route, members]);
  return text === undefined ? undefined : { scope: owner, digest: hash('sha256', text, 'base64url') };
}

/** JSON with the members of objects in one order. */
function canonical(value: unknown): string | undefined {
  if (Array.isArray(value)) return inside('[', value.map(canonicalItem), ']');
  if (isJsonObject(value)) {
    if (typeof value['toJSON'] === 'function') return undefined;
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    const members = names.sort().map((name) => {
      const text = canonical(value[name]);
      return text === undefined ? undefined : `${JSON.stringify(name)}:${text}`;
    });
    return inside('{', members, '}');
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value);
  return typeof value === 'number' && isExact(value) ? JSON.stringify(value) : undefined;
}

/** What JSON has for a place that is left empty. */
function canonicalItem(value: unknown): string | undefined {
  return canonical(value ?? null);
}

function inside(open: string, texts: readonly (string | undefined)[], close: string): string | undefined {
  return texts.includes(undefined) ? undefined : `${open}${texts.join(',')}${close}`;
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
