import { z } from 'zod';
import type { AuditLog } from './ports/index.ts';

const VERBS = ['append', 'page', 'after', 'head', 'remove'];

/** What is written into the audit log. */
export const auditSchema = z.strictObject({
  requests: z.enum(['all', 'admin']).default('all'),
  content: z.boolean().default(false),
  probes: z.boolean().default(false),
  log: z.custom<AuditLog>(isLog, `expected an object with the functions ${VERBS.join(', ')}`).optional(),
});

function isLog(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && VERBS.every((verb) => typeof Reflect.get(value, verb) === 'function')
  );
}
