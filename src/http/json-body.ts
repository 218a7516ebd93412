import type { z } from 'zod';
import { complaintOf, pathTextOf } from '../complaint.ts';
import { NexusError } from '../errors.ts';
import { jsonBodyOf } from '../openai/request.ts';
import { readBody } from './body.ts';
import type { Exchange } from './exchange.ts';

/** Largest body of a path for those who run a hub. */
export const ADMIN_BODY_BYTES: number = 1024 * 1024;

/** Longer names of members are cut where they are shown. */
const MOST_SHOWN = 64;

/** Names that are never those of something of ours, but lead to what all objects share. */
const FORBIDDEN: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * The JSON object in the body of an admin request, checked. No body at all is as good as `{}`.
 * @throws NexusError `request_invalid` naming the member and the rule, and never what stood there: it may be a secret.
 * `body_too_large`, `media_type_unsupported`, `cancelled`
 */
export async function readJsonBody<Schema extends z.ZodType>(
  exchange: Exchange,
  schema: Schema,
): Promise<z.output<Schema>> {
  const body = await readBody(exchange, ADMIN_BODY_BYTES);
  const isEmpty = body instanceof Uint8Array && body.length === 0;
  const value: unknown = isEmpty ? {} : jsonBodyOf(body, 'the members of this path');
  const forbidden = forbiddenIn(value);
  if (forbidden) throw wrong(forbidden, 'is a name that nothing can have here.');
  return checkedBody(value, schema);
}

/**
 * A value that came from outside, checked.
 * @throws NexusError `request_invalid`, as above
 */
export function checkedBody<Schema extends z.ZodType>(value: unknown, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (!issue) throw new NexusError('request_invalid', 'The body is not what this path takes.');
  // It is the name of the member that is wrong; zod says why one level deeper.
  if (issue.code === 'invalid_key') throw wrong(issue.path, `${issue.issues[0]?.message ?? issue.message}.`);
  const { path, message, unknown } = complaintOf(issue);
  if (unknown !== undefined) throw wrong([...path, unknown], 'is not known here. Check its spelling, or leave it out.');
  throw wrong(path, `${message}.`);
}

/** Where a body has a member with a name it may not have. */
function forbiddenIn(value: unknown, path: readonly PropertyKey[] = []): readonly PropertyKey[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, item] of Object.entries(value)) {
    if (FORBIDDEN.includes(name)) return [...path, name];
    const found = forbiddenIn(item, [...path, Array.isArray(value) ? Number(name) : name]);
    if (found) return found;
  }
  return undefined;
}

function wrong(path: readonly PropertyKey[], rule: string): NexusError {
  const shown = path.map((step) => (typeof step === 'string' ? step.slice(0, MOST_SHOWN) : step));
  if (shown.length === 0) return new NexusError('request_invalid', `The body: ${rule}`);
  const param = pathTextOf(shown);
  return new NexusError('request_invalid', `${param}: ${rule}`, { param });
}
