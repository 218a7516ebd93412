import { z } from 'zod';

/** What is written into the audit log. */
export const auditSchema = z.strictObject({
  requests: z.enum(['all', 'admin']).default('all'),
  content: z.boolean().default(false),
  probes: z.boolean().default(false),
});
