import { z } from 'zod';
import type { AuditOptions } from '../../audit-options.ts';
import { given } from './given.ts';

/** `audit` of the file. */
export const auditSchema = z.strictObject({
  requests: z.enum(['all', 'admin'], 'expected all or admin').optional(),
  content: z.boolean('expected true or false').optional(),
  probes: z.boolean('expected true or false').optional(),
});

/** What `audit` of the file becomes. */
export function auditOptionsOf(audit: z.output<typeof auditSchema>): AuditOptions {
  return given(audit);
}
