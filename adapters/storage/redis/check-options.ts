import type { Bound } from 'nexusai-hub/ports';

/**
 * The start of all keys. Its part in braces, the hash tag, keeps them in one slot of a cluster, where one script can
 * reach them.
 * @throws TypeError naming the rule.
 */
export function checkPrefix(owner: string, prefix: unknown): void {
  if (typeof prefix !== 'string' || !/^[^{}\s]*\{[^{}\s]+\}[^{}\s]*$/.test(prefix))
    throw new TypeError(`${owner}: prefix must be a text with a hash tag, such as "{nexus}:"; got ${shown(prefix)}.`);
}

/**
 * A client that runs scripts, or nothing.
 * @throws TypeError naming the rule.
 */
export function checkClient(owner: string, client: unknown): void {
  const verbs = ['eval', 'evalSha'];
  const isClient =
    typeof client === 'object' &&
    client !== null &&
    verbs.every((verb) => typeof Reflect.get(client, verb) === 'function');
  if (!isClient) throw new TypeError(`${owner}: client must be one of @redis/client, or give url instead.`);
}

/**
 * A counter that was once told nonsense would tell nonsense for ever.
 * @throws TypeError
 */
export function checkBound(bound: Bound): void {
  const { kind, key, limit } = bound;
  const units: number = kind === 'slots' ? 1 : bound.units;
  if (!(limit > 0)) throw new TypeError(`${kind} "${key}": limit must be over 0 (got ${limit}).`);
  if (kind === 'rate' && !(bound.perMs >= 1))
    throw new TypeError(`${kind} "${key}": perMs must be 1 or more (got ${bound.perMs}).`);
  if (!isAmount(units))
    throw new TypeError(`${kind} "${key}": units must be a number, 0 or more (got ${String(units)}).`);
}

/** True for a number of units that can be counted. */
export function isAmount(units: number | undefined): units is number {
  return units !== undefined && units >= 0 && units < Infinity;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : typeof value;
}
