import { z } from 'zod';
import type { AuditOptions } from '../../audit-options.ts';
import { given } from './given.ts';
import { retentionSchema } from './keeping-config.ts';

/** `audit` of the file. */
export const auditSchema = z.strictObject({
  requests: z.enum(['all', 'admin'], 'expected all or admin').optional(),
  content: z.boolean('expected true or false').optional(),
  probes: z.boolean('expected true or false').optional(),
  retention: retentionSchema.optional(),
});

/** What `audit` of the file becomes. How long it is kept is said with where: by `auditRetentionOf`. */
export function auditOptionsOf({ requests, content, probes }: z.output<typeof auditSchema>): AuditOptions {
  return given({ requests, content, probes });
}
