import { z } from 'zod';
import { complaintOf, pathTextOf } from './complaint.ts';
import { auditSchema } from './audit-settings.ts';
import { STRATEGY_NAMES } from './defaults/balancer.ts';
import { LONGEST_TIMER_MS } from './defaults/clock.ts';
import type { NexusHubOptions, Providers } from './options.ts';
import type { Authenticator, Database, Provider } from './ports/index.ts';
import { cacheSchema } from './cache-settings.ts';
import { backupsSchema, checkAuditRetention, checkRetention, retentionSchema } from './keeping-settings.ts';
import { controlSchema } from './control-settings.ts';
import { keySchema, signaturesSchema } from './key-settings.ts';
import { loggingSchema } from './logging-settings.ts';
import { portSchema } from './port-schema.ts';
import { pricesSchema } from './price-settings.ts';
import { checkRoles, rolesSchema } from './role-settings.ts';
import { recordsSchema } from './records-settings.ts';
import { checkRoutes, fallbacksSchema, modelsSchema } from './route-settings.ts';

const milliseconds = z.number().min(1).max(LONGEST_TIMER_MS);
const count = z.number().int().min(1);
const pace = z.union(
  [z.number().positive(), z.custom<number>((value) => value === Infinity)],
  'expected a number above 0, or Infinity',
);

const bounds = {
  maxConcurrency: count,
  maxQueue: z.number().int().min(0),
  maxWaitMs: milliseconds,
  requestsPerSecond: pace,
};

/** Options of a hub with every default filled in. Defaults stand here and nowhere else. */
const schema = z.strictObject({
  providers: z.record(
    z.string().regex(/^[\w.-]{1,64}$/, 'expected letters, digits, "_", "-" and "." only'),
    portSchema<Provider>('open'),
  ),
  models: modelsSchema.default({}),
  fallbacks: fallbacksSchema.default({}),
  modelList: z
    .strictObject({
      ask: z.boolean().default(true),
      cacheMs: milliseconds.default(300_000),
      timeoutMs: milliseconds.default(3_000),
    })
    .prefault({}),
  keys: z.array(keySchema).default([]),
  database: z
    .custom<Database>((value) => typeof value === 'object' && value !== null, 'expected a database')
    .optional(),
  signatures: signaturesSchema.prefault({}),
  control: controlSchema,
  roles: rolesSchema.default({}),
  limits: z
    .strictObject({
      requestsPerSecond: pace.default(1000),
      unpriced: z.enum(['refuse', 'allow']).default('refuse'),
      cutStreams: z.boolean().default(false),
      whenQuotaIsAway: z.enum(['closed', 'open', 'local-share']).default('local-share'),
      quotaWithinMs: milliseconds.default(20),
      processes: count.optional(),
    })
    .prefault({}),
  flow: z
    .strictObject({
      maxConcurrency: bounds.maxConcurrency.default(2_000),
      maxQueue: bounds.maxQueue.default(1_000),
      maxWaitMs: bounds.maxWaitMs.default(10_000),
      requestsPerSecond: bounds.requestsPerSecond.default(Infinity),
      byProvider: z.record(z.string(), z.strictObject(bounds).partial()).default({}),
    })
    .prefault({}),
  shedding: z
    .union(
      [
        z.literal(false),
        z.strictObject({
          maxHeapShare: z.number().min(0.1).max(0.9).default(0.85),
          maxRssBytes: z.number().int().min(1).optional(),
          maxInFlight: count.default(10_000),
          maxLoopDelayMs: milliseconds.optional(),
        }),
      ],
      'expected limits, or false for none',
    )
    .prefault({}),
  routing: z
    .strictObject({
      strategy: z.enum(STRATEGY_NAMES).default('weighted'),
      maxAttempts: count.default(3),
      deadlineMs: milliseconds.default(60_000),
      backoffMs: z.number().min(0).max(LONGEST_TIMER_MS).default(250),
      retries: z
        .strictObject({ share: z.number().min(0).default(0.2), perSecond: z.number().min(0).default(10) })
        .prefault({}),
      hedge: z
        .strictObject({
          quantile: z.number().gt(0).lt(1).default(0.95),
          minMs: milliseconds.default(50),
          share: z.number().gt(0).max(1).default(0.05),
          withTools: z.boolean().default(false),
        })
        .optional(),
      continuation: z.enum(['off', 'marked']).default('off'),
      checkSchema: z.boolean().default(false),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      firstContentMs: milliseconds.default(30_000),
      idleMs: milliseconds.default(60_000),
      wholeMs: milliseconds.default(600_000),
      streamMs: milliseconds.optional(),
      unreadMs: milliseconds.default(300_000),
    })
    .prefault({}),
  circuit: z
    .strictObject({
      failures: count.default(5),
      failureRate: z.number().min(0).max(1).default(0.5),
      windowMs: milliseconds.default(10_000),
      retryAfterMs: milliseconds.default(10_000),
      whenAllOpen: z.enum(['fail_fast', 'wait', 'least_bad']).default('fail_fast'),
      maxWaitMs: milliseconds.default(5_000),
    })
    .prefault({}),
  sessions: z
    .strictObject({
      idleMs: milliseconds.default(1_800_000),
      maxActive: count.default(100_000),
      storeWithinMs: milliseconds.default(20),
      history: z
        .union(
          [
            z.literal(false),
            z.strictObject({ maxLength: count.default(1_000_000), maxTotalLength: count.default(64_000_000) }),
          ],
          'expected limits ({} for the usual ones), or false for none',
        )
        .default(false),
    })
    .prefault({}),
  cache: cacheSchema.optional(),
  records: recordsSchema.prefault({}),
  logging: loggingSchema.prefault({}),
  prices: pricesSchema.prefault({}),
  tokens: z.strictObject({ check: z.number().min(0).max(1).default(0.01) }).prefault({}),
  authenticator: z
    .custom<NonNullable<NexusHubOptions['authenticator']>>(
      (value) => typeof value === 'function' || portSchema<Authenticator>('identify').safeParse(value).success,
      'expected an object with the function "identify", or a function that gives one',
    )
    .optional(),
  limiter: portSchema<NonNullable<NexusHubOptions['limiter']>>('acquire').optional(),
  quota: portSchema<NonNullable<NexusHubOptions['quota']>>('take', 'rebuild').optional(),
  ledger: portSchema<NonNullable<NexusHubOptions['ledger']>>(
    'append',
    'summary',
    'usage',
    'conversations',
    'conversation',
    'attempts',
    'messages',
    'spentSince',
  ).optional(),
  router: portSchema<NonNullable<NexusHubOptions['router']>>('route', 'models').optional(),
  balancer: portSchema<NonNullable<NexusHubOptions['balancer']>>('order').optional(),
  circuitBreaker: portSchema<NonNullable<NexusHubOptions['circuitBreaker']>>('enter', 'state').optional(),
  flowControl: portSchema<NonNullable<NexusHubOptions['flowControl']>>('enter').optional(),
  sessionTracker: portSchema<NonNullable<NexusHubOptions['sessionTracker']>>('open', 'active').optional(),
  sessionStore: portSchema<NonNullable<NexusHubOptions['sessionStore']>>('open', 'append', 'history').optional(),
  liveCounters: portSchema<NonNullable<NexusHubOptions['liveCounters']>>('report').optional(),
  priceTable: portSchema<NonNullable<NexusHubOptions['priceTable']>>('priceOf').optional(),
  tokenCounter: portSchema<NonNullable<NexusHubOptions['tokenCounter']>>('count').optional(),
  statsSinks: z.array(portSchema<NonNullable<NexusHubOptions['statsSinks']>[number]>('record')).default([]),
  store: portSchema<NonNullable<NexusHubOptions['store']>>('get', 'set', 'delete', 'list').optional(),
  answerCache: portSchema<NonNullable<NexusHubOptions['answerCache']>>('get', 'set').optional(),
  nonceStore: portSchema<NonNullable<NexusHubOptions['nonceStore']>>('claim').optional(),
  retention: retentionSchema,
  backups: backupsSchema,
  audit: auditSchema.prefault({}),
  explain: z.boolean().default(false),
  clock: portSchema<NonNullable<NexusHubOptions['clock']>>('now', 'elapsed', 'schedule').optional(),
  logger: portSchema<NonNullable<NexusHubOptions['logger']>>('debug', 'info', 'warn', 'error').optional(),
  random: z.custom<() => number>((value) => typeof value === 'function', 'expected a function').optional(),
});

/** Checked options with every default filled in. */
export type Settings = z.output<typeof schema>;

/**
 * Checks options as a whole.
 * @throws TypeError naming the option, the rule and what was given; never a key.
 */
export function settingsOf<P extends Providers>(options: NexusHubOptions<P>): Settings {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TypeError(`NexusHub options: ${issue ? told(issue, options) : parsed.error.message}`);
  }
  const settings = { ...parsed.data, ledger: parsed.data.ledger ?? parsed.data.database?.ledger };
  checkControl(settings, options.control !== undefined);
  checkReferences(settings);
  checkRoles(settings);
  checkPrices(settings);
  checkCache(settings);
  checkRetention(settings);
  checkAuditRetention(settings);
  return settings;
}

/** Who configures nothing at run time has to say who answers; and what is kept for long has to be sealed for long. */
function checkControl({ providers, control, database }: Settings, isControlled: boolean): void {
  if (Object.keys(providers).length === 0 && !isControlled)
    throw new TypeError('NexusHub options: providers: expected at least one provider');
  const { secrets = database?.secrets, config, keys } = control.stores;
  const refuse = (rule: string): never => {
    throw new TypeError(`NexusHub options: control.${rule}`);
  };
  if (secrets && control.masterKeys.length === 0)
    refuse('masterKeys: expected one: what the store of secrets keeps has to be opened another time.');
  if (!secrets && config)
    refuse(
      'stores.secrets: expected one: what the store of configurations keeps has secrets, which would end with the hub.',
    );
  if (!secrets && keys && !control.peppers)
    refuse(
      "peppers: expected some, or a store of secrets: by others the keys that are stored are nobody's another time.",
    );
}

/** Rules over several options: names that must exist, names that must differ, routes that must lead somewhere. */
function checkReferences({ providers, models, fallbacks, keys, flow, prices }: Settings): void {
  const known = Object.keys(providers);
  const mustExist = (id: string, path: string): void => {
    if (!known.includes(id))
      throw new TypeError(
        `NexusHub options: ${path} names the provider "${id}", which does not exist. Providers: ${known.join(', ')}.`,
      );
  };
  for (const [model, routes] of Object.entries(models)) {
    for (const [place, { provider }] of routes.entries()) mustExist(provider, `models["${model}"][${String(place)}]`);
  }
  for (const [place, { providers: own = [] }] of keys.entries())
    for (const id of own) mustExist(id, `keys[${String(place)}].providers`);
  checkRoutes(models, fallbacks, providers);
  for (const id of Object.keys(flow.byProvider)) mustExist(id, 'flow.byProvider');
  for (const id of Object.keys(prices.byProvider)) mustExist(id, 'prices.byProvider');
  for (const field of ['name', 'key'] as const)
    if (new Set(keys.map((entry) => entry[field])).size < keys.length)
      throw new TypeError(`NexusHub options: two entries of keys have the same ${field}.`);
}

/** Who goes by cost has to know one. */
function checkPrices({ routing, prices, priceTable, balancer }: Settings): void {
  const isKnown = [prices.models, ...Object.values(prices.byProvider)].some((list) => Object.keys(list).length > 0);
  if (routing.strategy === 'cost' && !isKnown && !priceTable && !balancer)
    throw new TypeError(
      'NexusHub options: routing.strategy is "cost", but there is no price. Set prices or priceTable.',
    );
}

/** Who gives a place for answers wants them kept. */
function checkCache({ cache, answerCache }: Settings): void {
  if (answerCache && !cache)
    throw new TypeError('NexusHub options: answerCache keeps nothing without the option cache. Set it: {} will do.');
}

/** Options of which nothing is shown that was given. */
const HOLDS_SECRETS: readonly PropertyKey[] = ['keys', 'control'];

/** `routing.maxAttempts: Too small: expected number to be >=1 (got 0)` */
function told(issue: z.core.$ZodIssue, options: unknown): string {
  // It is the name of the member that is wrong; zod says why one level deeper.
  if (issue.code === 'invalid_key') return `${pathTextOf(issue.path)}: ${issue.issues[0]?.message ?? issue.message}`;
  const { path, message, unknown } = complaintOf(issue);
  // What stands there is not shown: nobody knows whether it is a secret.
  if (unknown !== undefined)
    return `${pathTextOf([...path, unknown])}: is not known. Check its spelling, or leave it out.`;
  return `${pathTextOf(path)}: ${message}${HOLDS_SECRETS.includes(path[0] ?? '') ? '' : got(path, options)}`;
}

/** What stood there, where it is short and plain. */
function got(path: readonly PropertyKey[], options: unknown): string {
  let value = options;
  for (const step of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  if (typeof value === 'string') return ` (got "${value.slice(0, 40)}")`;
  if (value === undefined) return ' (got nothing)';
  return typeof value === 'number' || typeof value === 'boolean' ? ` (got ${String(value)})` : '';
}
