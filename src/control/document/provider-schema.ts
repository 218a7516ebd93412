import { z } from 'zod';
import { count, milliseconds, name, number, pace, providerKey } from './config-values.ts';
import { modelSchema } from './routes-config.ts';

const KEY_NAME = /^[\w.-]{1,64}$/;

const apiKeys = z
  .array(
    z.union([
      providerKey,
      z.strictObject({
        name: z.string('expected text').regex(KEY_NAME, 'expected 1 to 64 letters, digits, "_", "-" or "."'),
        key: providerKey,
      }),
    ]),
    'expected a list of keys',
  )
  .min(1, 'expected at least one key')
  .transform((keys) => keys.map((key, place) => (typeof key === 'string' ? { name: `k${place + 1}`, key } : key)))
  .refine((keys) => new Set(keys.map((one) => one.name)).size === keys.length, 'two keys have the same name')
  .refine((keys) => new Set(keys.map((one) => one.key)).size === keys.length, 'two keys are the same');

/** A provider in a configuration. What its kind needs beyond this is asked of the kind. */
export const providerSchema = z.strictObject({
  // What is nothing but dots means another folder in the path of a URL.
  id: z
    .string('expected text')
    .regex(/^(?!\.{1,2}$)[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, "_", "-" or ".", not dots alone'),
  kind: name,
  preset: name.optional(),
  server_url: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as https://api.example.com/v1' })
    .refine((url) => !/[?#]/.test(url), 'expected a URL without a query; what opens it belongs in api_key or headers')
    .optional(),
  api_key: providerKey.optional(),
  api_keys: apiKeys.optional(),
  secret_key: providerKey.optional(),
  app_id: name.optional(),
  api_version: name.optional(),
  max_tokens: count.optional(),
  rate_limit: pace.optional(),
  max_concurrency: count.optional(),
  max_queue: number
    .refine((value) => Number.isInteger(value) && value >= 0, 'expected a whole number, 0 or more')
    .optional(),
  max_wait_ms: milliseconds.optional(),
  options: z.record(z.string(), z.json()).optional(),
  headers: z.record(z.string(), z.string('expected text')).optional(),
  models: z.array(modelSchema).optional(),
});
