import { z } from 'zod';
import { auditSchema } from './audit-config.ts';
import { cacheSchema } from './cache-config.ts';
import { milliseconds, name, number, share } from './config-values.ts';
import { backupsSchema, retentionSchema } from './keeping-config.ts';
import { keySchema } from './key-schema.ts';
import { loggingSchema } from './logging-config.ts';
import { pricesSchema } from './prices-config.ts';
import { providerSchema } from './provider-schema.ts';
import { recordsSchema } from './records-config.ts';
import { rolesSchema } from './roles-config.ts';
import { fallbacksSchema } from './routes-config.ts';
import {
  circuitSchema,
  limitsSchema,
  modelListSchema,
  routingSchema,
  securitySchema,
  sheddingSchema,
  timeoutsSchema,
} from './routing-schema.ts';
import { sessionsSchema } from './sessions-config.ts';

/** What may change while a hub runs. */
const changing = {
  providers: z.array(providerSchema, 'expected a list of providers'),
  keys: z.array(keySchema, 'expected a list of keys').optional(),
  roles: rolesSchema.optional(),
  fallbacks: fallbacksSchema.optional(),
  model_list: modelListSchema.optional(),
  limits: limitsSchema.optional(),
  routing: routingSchema.optional(),
  timeouts: timeoutsSchema.optional(),
  circuit: circuitSchema.optional(),
  prices: pricesSchema.optional(),
  security: securitySchema.optional(),
};

/** What a server is started with. */
const starting = {
  port: number.refine((value) => Number.isInteger(value) && value <= 65_535, 'expected a port').optional(),
  host: name.optional(),
  signatures: z.strictObject({ max_age_ms: milliseconds.optional(), clock_skew_ms: number.optional() }).optional(),
  shedding: sheddingSchema.optional(),
  sessions: sessionsSchema.optional(),
  audit: auditSchema.optional(),
  cache: cacheSchema.optional(),
  records: recordsSchema.optional(),
  logging: loggingSchema.optional(),
  retention: retentionSchema.optional(),
  backups: backupsSchema.optional(),
  tokens: z.strictObject({ check: share.optional() }).optional(),
  trust_proxy: z.number().int('expected a whole number of proxies').min(0).max(20).optional(),
  cors: z
    .union(
      [z.literal('*'), z.array(z.url('expected an origin such as https://app.example.com'))],
      'expected "*", or a list of origins',
    )
    .optional(),
};

/** Sections that hold while a process runs, and change with its next start. */
export const STARTING_SECTIONS: readonly string[] = Object.keys(starting);
/** Sections that may change while a process runs. */
export const CHANGING_SECTIONS: readonly string[] = Object.keys(changing);

/** All of a configuration. What it does not know it refuses: nothing is silently left out. */
export const configSchema = z.strictObject({ ...starting, ...changing });

/** A configuration, checked: all that a file says. */
export type Config = z.output<typeof configSchema>;
/** A provider of a configuration. */
export type ProviderConfig = Config['providers'][number];
