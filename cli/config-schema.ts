import { STRATEGY_NAMES } from 'nexusai-hub';
import { isHostedPreset, PRESET_NAMES } from 'nexusai-hub/adapters/openai-compatible';
import { z } from 'zod';
import { cacheSchema } from './cache-config.ts';
import { strayNames } from './config-references.ts';
import { count, isTimer, milliseconds, name, number, TIMER_RULE } from './config-values.ts';
import { pricesSchema } from './prices-config.ts';
import { backupsSchema, retentionSchema } from './keeping-config.ts';
import { loggingSchema } from './logging-config.ts';
import { recordsSchema } from './records-config.ts';
import { rolesSchema } from './roles-config.ts';
import { sessionsSchema } from './sessions-config.ts';
import { weaknessOf } from './strong-key.ts';
import { fallbacksSchema, modelSchema } from './routes-config.ts';

/** Kinds of providers this version can make. */
const KINDS = ['openai', 'openai-compatible', 'azure', 'ernie', 'anthropic', 'gemini', 'demo'] as const;

/** Members a kind cannot do without; what openai-compatible needs depends on its preset. */
const NEEDED: Readonly<Record<(typeof KINDS)[number], readonly ('server_url' | 'api_key')[]>> = {
  openai: ['api_key'],
  'openai-compatible': [],
  azure: ['server_url', 'api_key'],
  ernie: ['api_key'],
  anthropic: ['api_key'],
  gemini: ['api_key'],
  demo: [],
};
const NAMES_OF_NEEDED = { server_url: 'the URL of its server', api_key: 'a key (or several: api_keys)' } as const;

/** Members one kind has for itself. */
const OWN_MEMBERS = [
  ['preset', 'openai-compatible'],
  ['api_version', 'azure'],
  ['secret_key', 'ernie'],
  ['app_id', 'ernie'],
  ['max_tokens', 'anthropic'],
] as const;

const pace = number.refine((value) => value > 0, 'expected a number over 0');
const usd = number.refine((value) => value > 0 && value <= 9_000_000, 'expected US dollars, over 0, at most 9000000');
const priority = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
    ],
    'expected a number',
  )
  .refine((value) => Number.isInteger(value) && Math.abs(value) <= 100, 'expected a whole number, -100 to 100');

const KEY_NAME = /^[\w.-]{1,64}$/;

const apiKeys = z
  .array(
    z.union([
      name.max(4096),
      z.strictObject({
        name: z.string('expected text').regex(KEY_NAME, 'expected 1 to 64 letters, digits, "_", "-" or "."'),
        key: name.max(4096),
      }),
    ]),
    'expected a list of keys',
  )
  .min(1, 'expected at least one key')
  .transform((keys) => keys.map((key, place) => (typeof key === 'string' ? { name: `k${place + 1}`, key } : key)))
  .refine((keys) => new Set(keys.map((one) => one.name)).size === keys.length, 'two keys have the same name')
  .refine((keys) => new Set(keys.map((one) => one.key)).size === keys.length, 'two keys are the same');

const provider = z.strictObject({
  id: z.string('expected text').regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, "_", "-" or "."'),
  kind: z.enum(KINDS, `expected one of ${KINDS.join(', ')}`),
  preset: z.enum(PRESET_NAMES, { error: `expected one of ${PRESET_NAMES.join(', ')}` }).optional(),
  server_url: z.url({ protocol: /^https?$/, error: 'expected a URL such as https://api.example.com/v1' }).optional(),
  api_key: name.max(4096).optional(),
  api_keys: apiKeys.optional(),
  secret_key: name.max(4096).optional(),
  app_id: name.optional(),
  api_version: name.optional(),
  max_tokens: count.optional(),
  rate_limit: pace.optional(),
  max_concurrency: count.optional(),
  max_queue: number
    .refine((value) => Number.isInteger(value) && value >= 0, 'expected a whole number, 0 or more')
    .optional(),
  max_wait_ms: milliseconds.optional(),
  headers: z.record(z.string(), z.string('expected text')).optional(),
  models: z.array(modelSchema).min(1, 'expected at least one model; leave it out to let any name through').optional(),
});

const key = z.strictObject({
  name,
  key: z.string('expected text').min(8, 'expected at least 8 characters').max(512, 'expected at most 512 characters'),
  role: name.optional(),
  models: z.array(name).optional(),
  rpm: pace.optional(),
  tpm: pace.optional(),
  max_concurrent: count.optional(),
  budget_usd: z
    .strictObject({ day: usd.optional(), month: usd.optional() })
    .refine(({ day, month }) => (day ?? month) !== undefined, 'expected day, month or both; leave it out for no budget')
    .optional(),
  priority: priority.optional(),
  signature: z.enum(['required', 'allowed'], 'expected required or allowed').optional(),
});

const share = number.refine((value) => value <= 1, 'expected 0 to 1');

const hedge = z.strictObject({
  quantile: number.refine((value) => value > 0 && value < 1, 'expected a number between 0 and 1').optional(),
  min_ms: milliseconds.optional(),
  share: share.refine((value) => value > 0, 'expected more than 0, up to 1').optional(),
  with_tools: z.boolean('expected true or false').optional(),
});

const routing = z.strictObject({
  strategy: z.enum(STRATEGY_NAMES, `expected one of ${STRATEGY_NAMES.join(', ')}`).optional(),
  max_attempts: count.optional(),
  deadline_ms: milliseconds.optional(),
  backoff_ms: number.refine(isTimer, TIMER_RULE).optional(),
  retries: z.strictObject({ share: number.optional(), per_second: number.optional() }).optional(),
  hedge: hedge.optional(),
  // YAML 1.1 reads `off` as false, and many files are written for it.
  continuation: z
    .union([z.enum(['off', 'marked']), z.literal(false).transform(() => 'off' as const)], 'expected off or marked')
    .optional(),
  check_schema: z.boolean('expected true or false').optional(),
});

const timeouts = z.strictObject({
  first_content_ms: milliseconds.optional(),
  idle_ms: milliseconds.optional(),
  whole_ms: milliseconds.optional(),
  stream_ms: milliseconds.optional(),
  unread_ms: milliseconds.optional(),
});

const shedding = z.union(
  [
    z.literal(false),
    z.strictObject({
      max_heap_share: number.refine((value) => value >= 0.1 && value <= 0.9, 'expected 0.1 to 0.9').optional(),
      max_rss_bytes: count.optional(),
      max_in_flight: count.optional(),
      max_loop_delay_ms: milliseconds.optional(),
    }),
  ],
  'expected limits, or false for none',
);

const circuit = z.strictObject({
  failures: count.optional(),
  failure_rate: number.refine((value) => value <= 1, 'expected 0 to 1').optional(),
  window_ms: milliseconds.optional(),
  retry_after_ms: milliseconds.optional(),
  when_all_open: z.enum(['fail_fast', 'wait', 'least_bad'], 'expected fail_fast, wait or least_bad').optional(),
  max_wait_ms: milliseconds.optional(),
});

const modelList = z.strictObject({
  ask: z.boolean('expected true or false').optional(),
  cache_ms: milliseconds.optional(),
  timeout_ms: milliseconds.optional(),
});

const security = z
  .strictObject({
    allow_private_upstreams: z.boolean('expected true or false').optional(),
    allowed_upstreams: z.array(name, 'expected a list of hosts and networks').optional(),
  })
  .refine(
    ({ allow_private_upstreams: all, allowed_upstreams: some }) => some === undefined || all === false,
    'allowed_upstreams needs allow_private_upstreams: false; without it all are allowed',
  );

const schema = z
  .strictObject({
    port: number.refine((value) => Number.isInteger(value) && value <= 65_535, 'expected a port').optional(),
    host: name.optional(),
    providers: z.array(provider, 'expected a list of providers').min(1, 'expected at least one provider'),
    keys: z.array(key, 'expected a list of keys').optional(),
    roles: rolesSchema.optional(),
    signatures: z.strictObject({ max_age_ms: milliseconds.optional(), clock_skew_ms: number.optional() }).optional(),
    fallbacks: fallbacksSchema.optional(),
    model_list: modelList.optional(),
    shedding: shedding.optional(),
    limits: z
      .strictObject({
        requests_per_second: pace.optional(),
        unpriced: z.enum(['refuse', 'allow'], 'expected refuse or allow').optional(),
        cut_streams: z.boolean('expected true or false').optional(),
        when_redis_is_away: z
          .enum(['closed', 'open', 'local-share'], 'expected closed, open or local-share')
          .optional(),
        redis_within_ms: milliseconds.optional(),
        processes: count.optional(),
      })
      .optional(),
    routing: routing.optional(),
    timeouts: timeouts.optional(),
    circuit: circuit.optional(),
    prices: pricesSchema.optional(),
    sessions: sessionsSchema.optional(),
    cache: cacheSchema.optional(),
    records: recordsSchema.optional(),
    logging: loggingSchema.optional(),
    retention: retentionSchema.optional(),
    backups: backupsSchema.optional(),
    tokens: z.strictObject({ check: share.optional() }).optional(),
    cors: z
      .union(
        [z.literal('*'), z.array(z.url('expected an origin such as https://app.example.com'))],
        'expected "*", or a list of origins',
      )
      .optional(),
    security: security.optional(),
  })
  .check(({ value, issues }) => {
    const ids = value.providers.map(({ id }) => id);
    const names = value.keys?.map((entry) => entry.name) ?? [];
    const secrets = value.keys?.map((entry) => entry.key) ?? [];
    for (const [place, entry] of value.providers.entries()) {
      const { id, kind, preset, server_url: url, api_keys: keys } = entry;
      const secret = entry.api_key ?? keys;
      const complain = (member: string, message: string): void => {
        issues.push({ code: 'custom', message, path: ['providers', place, member], input: undefined });
      };
      if (ids.indexOf(id) < place) complain('id', 'another provider has this id');
      if (kind === 'openai-compatible' && url === undefined && !isHostedPreset(preset))
        complain('server_url', `is missing; ${preset ?? 'openai-compatible'} needs the URL of its server`);
      for (const member of NEEDED[kind])
        if ((member === 'api_key' ? secret : entry[member]) === undefined)
          complain(member, `is missing; ${kind} needs ${NAMES_OF_NEEDED[member]}`);
      for (const [member, owner] of OWN_MEMBERS)
        if (kind !== owner && entry[member] !== undefined) complain(member, `is for kind: ${owner}; ${kind} has none`);
      if (keys && entry.api_key !== undefined) complain('api_keys', 'give api_key or api_keys, not both');
      if (keys && entry.secret_key !== undefined)
        complain('api_keys', 'a secret_key belongs to one api_key; make a provider of each pair');
      if (kind === 'demo' && (url ?? secret) !== undefined) complain('kind', 'demo takes no server_url and no api_key');
    }
    for (const { path, message } of strayNames(value))
      issues.push({ code: 'custom', message, path: [...path], input: undefined });
    for (const [place] of names.entries()) {
      const complain = (member: string): void => {
        const message = `another key has this ${member}`;
        issues.push({ code: 'custom', message, path: ['keys', place, member], input: undefined });
      };
      const weakness = value.keys?.[place]?.role === 'admin' ? weaknessOf(secrets[place] ?? '') : undefined;
      if (weakness !== undefined)
        issues.push({
          code: 'custom',
          message: `opens everything: ${weakness}`,
          path: ['keys', place, 'key'],
          input: undefined,
        });
      if (names.indexOf(names[place] ?? '') < place) complain('name');
      if (secrets.indexOf(secrets[place] ?? '') < place) complain('key');
    }
  });

/** The configuration file (DESIGN section 3), checked. */
export type Config = z.output<typeof schema>;
/** A provider of the file. */
export type ProviderConfig = Config['providers'][number];

/** Checks the content of a configuration file. What it does not know it refuses: nothing is silently left out. */
export function checkConfig(content: unknown): z.ZodSafeParseResult<Config> {
  return schema.safeParse(content);
}
