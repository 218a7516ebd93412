import type { z } from 'zod';
import { complaintOf, pathTextOf } from './complaint.ts';
import { NexusError } from './errors.ts';

/** Longer names of members are cut where they are shown. */
const MOST_SHOWN = 64;

/**
 * A value that came from outside, checked.
 * @throws NexusError `request_invalid` naming the member and the rule, and never what stood there: it may be a secret
 */
export function checkedValue<Schema extends z.ZodType>(value: unknown, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (!issue) throw new NexusError('request_invalid', 'This is not what is taken here.');
  // It is the name of the member that is wrong; zod says why one level deeper.
  if (issue.code === 'invalid_key') throw wrongAt(issue.path, `${issue.issues[0]?.message ?? issue.message}.`);
  const { path, message, unknown } = complaintOf(issue);
  if (unknown !== undefined)
    throw wrongAt([...path, unknown], 'is not known here. Check its spelling, or leave it out.');
  throw wrongAt(path, `${message}.`);
}

/** Says what is wrong with a member. */
export function wrongAt(path: readonly PropertyKey[], rule: string): NexusError {
  const shown = path.map((step) => (typeof step === 'string' ? step.slice(0, MOST_SHOWN) : step));
  if (shown.length === 0) return new NexusError('request_invalid', `The whole: ${rule}`);
  const param = pathTextOf(shown);
  return new NexusError('request_invalid', `${param}: ${rule}`, { param });
}
