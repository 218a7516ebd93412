import type { z } from 'zod';

/** What is wrong with a value, in words that show nothing of it. */
export interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** A member nobody knows. */
  readonly unknown: string | undefined;
}

/**
 * The complaint to tell of an issue. Of all forms a value could have had, the one that goes deepest belongs to the form
 * that was meant.
 */
export function complaintOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): Complaint {
  const path = [...above, ...issue.path];
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const own = { path, message: issue.message, unknown };
  if (issue.code !== 'invalid_union') return own;
  return issue.errors
    .flat()
    .filter(({ code, path: rest }) => rest.length > 0 || code === 'invalid_union' || code === 'unrecognized_keys')
    .map((inner) => complaintOf(inner, path))
    .reduce((deepest, one) => (one.path.length > deepest.path.length || deepest === own ? one : deepest), own);
}

/** Writes a path as code would: `models["gpt-4o"][0].weight`. */
export function pathTextOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the whole';
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    const member = String(step);
    if (!/^[A-Za-z_]\w*$/.test(member)) return `${text}["${member}"]`;
    return text === '' ? member : `${text}.${member}`;
  }, '');
}
