import type { z } from 'zod';
import { checkedValue, wrongAt } from '../checked-value.ts';
import { jsonBodyOf } from '../openai/request.ts';
import { readBody } from './body.ts';
import type { Exchange } from './exchange.ts';

/** Largest body of a path for those who run a hub. */
export const ADMIN_BODY_BYTES: number = 1024 * 1024;

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
  if (forbidden) throw wrongAt(forbidden, 'is a name that nothing can have here.');
  return checkedValue(value, schema);
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
