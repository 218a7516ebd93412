import type { z } from 'zod';
import type { Path } from './path.ts';

/** Members whose value is never shown. */
const SECRET = /key|token|secret|password|authorization|headers/i;

/** What is wrong, and where: the innermost place zod knows of, its rule, and what stood there if that may be shown. */
export function explain(issue: z.core.$ZodIssue, content: unknown): { readonly path: Path; readonly message: string } {
  const inner = issue.code === 'invalid_union' ? innermost(issue) : undefined;
  const path = [...issue.path, ...(inner?.path ?? [])].map((step) => (typeof step === 'number' ? step : String(step)));
  const found = inner ?? issue;
  if (found.code === 'unrecognized_keys') {
    const [unknown = ''] = found.keys;
    return { path: [...path, unknown], message: unknownMember(found.keys) };
  }
  if (found.code === 'invalid_key') return { path, message: found.issues[0]?.message ?? found.message };
  const value = valueAt(content, path);
  if (value === null && path.length === 0) return { path, message: 'is empty: expected providers at least' };
  const rule = ruleOf(found);
  if (value === undefined) return { path, message: rule.startsWith('is missing') ? rule : `is missing: ${rule}` };
  return { path, message: `${rule}${path.some(isSecret) ? '' : shown(value)}` };
}

/** In words of the file, where the schema has none of its own. */
const EXPECTED: Readonly<Record<string, string>> = {
  object: 'expected members of its own, as in "name: value"',
  record: 'expected members of its own, as in "name: value"',
  array: 'expected a list',
};

/** What zod says by itself is about the types of JavaScript. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  return EXPECTED[issue.expected] ?? issue.message;
}

/** Of all forms a value could have had, the complaint that goes deepest belongs to the form that was meant. */
function innermost(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  const inner = issue.errors.flat().map((one) => {
    const deeper = one.code === 'invalid_union' ? innermost(one) : undefined;
    return deeper ? { ...deeper, path: [...one.path, ...deeper.path] } : one;
  });
  return inner
    .filter(({ path, code }) => path.length > 0 || code === 'unrecognized_keys')
    .sort((one, other) => other.path.length - one.path.length)[0];
}

function unknownMember(names: readonly string[]): string {
  const others = names.length > 1 ? ` So are: ${names.slice(1).join(', ')}.` : '';
  return `is not known to this version. Check its spelling, or leave it out.${others}`;
}

function isSecret(step: string | number): boolean {
  return typeof step === 'string' && SECRET.test(step);
}

function valueAt(content: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    content,
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return ` (got "${value.slice(0, 40)}")`;
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? ` (got ${value})` : '';
}
