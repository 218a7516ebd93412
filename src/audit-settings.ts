import { z } from 'zod';
import { auditRetentionSchema } from './keeping-settings.ts';

/** What is written into the audit log, and how long it stays there. */
export const auditSchema = z.strictObject({
  requests: z.enum(['all', 'admin']).default('all'),
  content: z.boolean().default(false),
  probes: z.boolean().default(false),
  retention: auditRetentionSchema,
});
