import { z } from 'zod';
import { STRATEGY_NAMES } from '../../defaults/balancer.ts';
import { isAllowable } from '../../provider-kit/allowed-upstreams.ts';
import { count, isTimer, milliseconds, name, number, pace, share, TIMER_RULE } from './config-values.ts';

const hedge = z.strictObject({
  quantile: number.refine((value) => value > 0 && value < 1, 'expected a number between 0 and 1').optional(),
  min_ms: milliseconds.optional(),
  share: share.refine((value) => value > 0, 'expected more than 0, up to 1').optional(),
  with_tools: z.boolean('expected true or false').optional(),
});

/** `routing` of a configuration. */
export const routingSchema = z.strictObject({
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

/** `timeouts` of a configuration. */
export const timeoutsSchema = z.strictObject({
  first_content_ms: milliseconds.optional(),
  idle_ms: milliseconds.optional(),
  whole_ms: milliseconds.optional(),
  stream_ms: milliseconds.optional(),
  unread_ms: milliseconds.optional(),
});

/** `shedding` of a configuration. */
export const sheddingSchema = z.union(
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

/** `circuit` of a configuration. */
export const circuitSchema = z.strictObject({
  failures: count.optional(),
  failure_rate: number.refine((value) => value <= 1, 'expected 0 to 1').optional(),
  window_ms: milliseconds.optional(),
  retry_after_ms: milliseconds.optional(),
  when_all_open: z.enum(['fail_fast', 'wait', 'least_bad'], 'expected fail_fast, wait or least_bad').optional(),
  max_wait_ms: milliseconds.optional(),
});

/** `limits` of a configuration. */
export const limitsSchema = z.strictObject({
  requests_per_second: pace.optional(),
  unpriced: z.enum(['refuse', 'allow'], 'expected refuse or allow').optional(),
  cut_streams: z.boolean('expected true or false').optional(),
  when_redis_is_away: z.enum(['closed', 'open', 'local-share'], 'expected closed, open or local-share').optional(),
  redis_within_ms: milliseconds.optional(),
  processes: count.optional(),
});

/** `model_list` of a configuration. */
export const modelListSchema = z.strictObject({
  ask: z.boolean('expected true or false').optional(),
  cache_ms: milliseconds.optional(),
  timeout_ms: milliseconds.optional(),
});

/** `security` of a configuration: which addresses providers may have. */
export const securitySchema = z
  .strictObject({
    allow_private_upstreams: z.boolean('expected true or false').optional(),
    allowed_upstreams: z
      .array(
        name.refine(isAllowable, 'expected a host or a network, as llm.internal:8000 or 10.1.2.0/24'),
        'expected a list of hosts and networks',
      )
      .optional(),
  })
  .refine(
    ({ allow_private_upstreams: all, allowed_upstreams: some }) => some === undefined || all !== true,
    'allowed_upstreams says nothing beside allow_private_upstreams: true; all are allowed',
  );
