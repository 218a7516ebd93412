import type { ConfigComplaint } from 'nexusai-hub';
import type { Variables } from './environment.ts';

/** A place in a parsed file. */
export type Path = ConfigComplaint['path'];

/** Told of a variable that is not set; must throw. */
export type Missing = (name: string, path: Path) => never;

const REFERENCE = /\$(\$\{)|\$\{([^}]*)\}/g;
const NAME = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

/**
 * Puts variables in place of `${NAME}` and `${NAME:-default}` in every string of a parsed file; `$${` stands for `${`.
 * Working on parsed values, no value of a variable can change the file's structure.
 */
export function substitute(value: unknown, variables: Variables, missing: Missing, path: Path = []): unknown {
  if (typeof value === 'string') return substituted(value, variables, (name) => missing(name, path));
  if (Array.isArray(value)) return value.map((item, place) => substitute(item, variables, missing, [...path, place]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, substitute(item, variables, missing, [...path, name])]),
  );
}

function substituted(text: string, variables: Variables, missing: (name: string) => never): string {
  return text.replace(REFERENCE, (_whole, escaped: string | undefined, reference: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const [, name, fallback] = NAME.exec(reference ?? '') ?? [];
    if (name === undefined) return missing(reference ?? '');
    return variables[name] || (fallback ?? missing(name));
  });
}
