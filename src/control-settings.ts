import { z } from 'zod';
import type { AuditLog, KeyStore } from './ports/index.ts';
import { portSchema } from './port-schema.ts';

const SHORTEST_PEPPER = 32;

/** What is changed of a hub while it runs. */
export const controlSchema = z
  .strictObject({
    stores: z
      .strictObject({
        audit: portSchema<AuditLog>('append', 'page', 'after', 'head', 'remove').optional(),
        keys: portSchema<KeyStore>('find', 'get', 'page', 'put', 'remove', 'version', 'used').optional(),
      })
      .prefault({}),
    peppers: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[\w-]{1,32}$/, 'expected up to 32 letters, digits, "-" and "_"'),
          secret: z
            .custom<string | Uint8Array>(
              (value) => typeof value === 'string' || value instanceof Uint8Array,
              'expected text or bytes',
            )
            .refine((value) => value.length >= SHORTEST_PEPPER, `expected ${String(SHORTEST_PEPPER)} bytes or more`),
        }),
      )
      .min(1, 'expected at least one; leave it out for the usual')
      .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two have the same id')
      .optional(),
    wrongKeys: z
      .union(
        [
          z.literal(false),
          z.strictObject({
            most: z.number().int().min(1).default(20),
            windowMs: z.number().min(1_000).max(86_400_000).default(60_000),
          }),
        ],
        'expected limits, or false for none',
      )
      .prefault({}),
  })
  .prefault({});
