import type { NexusHubOptions } from '../../options.ts';
import { z } from 'zod';
import { given } from './given.ts';

/** What of personal data the hub knows the shapes of. */
const KINDS = ['phone', 'id_card', 'email', 'bank_card'] as const;

/** `logging` of the file. What a pattern may be the hub itself knows. */
export const loggingSchema = z.strictObject({
  prompts: z.boolean('expected true or false').optional(),
  mask: z
    .array(
      z.union(
        [z.enum(KINDS), z.strictObject({ name: z.string(), pattern: z.string() })],
        `expected one of ${KINDS.join(', ')}, or { name, pattern }`,
      ),
      'expected a list',
    )
    .optional(),
});

/** What `logging` of the file becomes. */
export function loggingOf(logging: z.output<typeof loggingSchema>): NonNullable<NexusHubOptions['logging']> {
  return given(logging);
}
