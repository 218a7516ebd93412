import { isDeepStrictEqual } from 'node:util';
import type { StoredJson } from '../../ports/config-store.ts';
import { isMembers, type Keyed } from './keyed.ts';

/**
 * Members with a change put into them, as RFC 7396 merges: what the change names takes the place of what is there, `null`
 * takes it away, and what it does not name stays as it is.
 */
export function merged(target: Keyed, change: Keyed): Keyed {
  const result: Record<string, StoredJson> = { ...target };
  for (const [name, value] of Object.entries(change)) {
    const old = Object.hasOwn(target, name) ? target[name] : undefined;
    if (value === null) delete result[name];
    else if (isMembers(value)) result[name] = merged(isMembers(old) && !isWhole(old) ? old : {}, value);
    else result[name] = value;
  }
  return result;
}

/** The change that makes one out of the other. */
export function changeBetween(before: Keyed, after: Keyed): Keyed {
  const change: Record<string, StoredJson> = {};
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) change[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (isDeepStrictEqual(old, value)) continue;
    // An object that becomes empty is said as a whole: a change without members would leave it as it is.
    const isNested = isMembers(old) && isMembers(value) && !isWhole(old) && !isWhole(value);
    change[name] = isNested ? changeBetween(old, value) : value;
  }
  return change;
}

/** One thing that is otherwise afterwards. A member that was or is not there has no value. */
export interface ConfigChange {
  /** `providers.main.rate_limit` */
  readonly path: string;
  readonly before?: StoredJson;
  readonly after?: StoredJson;
}

/** All in which two differ, by the deepest members that do. */
export function changesBetween(before: Keyed, after: Keyed, above = ''): readonly ConfigChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const path = above === '' ? name : `${above}.${name}`;
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    const value = Object.hasOwn(after, name) ? after[name] : undefined;
    if (isDeepStrictEqual(old, value)) return [];
    if (isMembers(old) && isMembers(value) && !isWhole(old) && !isWhole(value)) return changesBetween(old, value, path);
    return [{ path, ...(old === undefined ? {} : { before: old }), ...(value === undefined ? {} : { after: value }) }];
  });
}

/** What stands for a secret is one value. */
function isWhole(value: Keyed): boolean {
  return typeof value['secret'] === 'string' && typeof value['last4'] === 'string';
}
