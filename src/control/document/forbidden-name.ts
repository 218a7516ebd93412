import type { Path } from './path.ts';

/**
 * Where a parsed file has a member called `__proto__`, if it has one. Lists by name leave it out as they are checked, and
 * a condition that is left out holds for everybody.
 */
export function forbiddenNameIn(value: unknown, path: Path = []): Path | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return [...path, '__proto__'];
  for (const [name, item] of Object.entries(value)) {
    const found = forbiddenNameIn(item, [...path, Array.isArray(value) ? Number(name) : name]);
    if (found) return found;
  }
  return undefined;
}
