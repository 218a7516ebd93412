import type { KeyOptions } from '../../defaults/authenticator.ts';
import type { ProviderBounds } from '../../defaults/flow-control.ts';
import type { NexusHubOptions } from '../../options.ts';
import type { Route } from '../../route-options.ts';
import type { Config, ProviderConfig } from './config-schema.ts';
import { given } from './given.ts';
import { pricesOf } from './prices-config.ts';
import { conditionOf, fallbacksOf } from './routes-config.ts';

type RoutingOptions = NonNullable<NexusHubOptions['routing']>;

/** What a configuration says that may change while a hub runs, as its options. Its providers are made elsewhere. */
export function changingOptionsOf(config: Config): ChangingOptions {
  const { providers, fallbacks, keys = [], roles, model_list: list } = config;
  const { limits, routing, timeouts, circuit, prices } = config;
  return {
    models: routesOf(providers),
    ...(fallbacks ? { fallbacks: fallbacksOf(fallbacks) } : {}),
    keys: keys.map(keyOf),
    ...(roles ? { roles } : {}),
    flow: { byProvider: Object.fromEntries(providers.map((provider) => [provider.id, boundsOf(provider)])) },
    ...(list ? { modelList: given({ ask: list.ask, cacheMs: list.cache_ms, timeoutMs: list.timeout_ms }) } : {}),
    ...(prices ? { prices: pricesOf(prices) } : {}),
    ...(limits
      ? {
          limits: given({
            requestsPerSecond: limits.requests_per_second,
            unpriced: limits.unpriced,
            cutStreams: limits.cut_streams,
            whenQuotaIsAway: limits.when_redis_is_away,
            quotaWithinMs: limits.redis_within_ms,
            processes: limits.processes,
          }),
        }
      : {}),
    ...(routing
      ? {
          routing: given({
            strategy: routing.strategy,
            maxAttempts: routing.max_attempts,
            deadlineMs: routing.deadline_ms,
            backoffMs: routing.backoff_ms,
            retries: routing.retries && given({ share: routing.retries.share, perSecond: routing.retries.per_second }),
            hedge: routing.hedge && hedgeOf(routing.hedge),
            continuation: routing.continuation,
            checkSchema: routing.check_schema,
          }),
        }
      : {}),
    ...(timeouts
      ? {
          timeouts: given({
            firstContentMs: timeouts.first_content_ms,
            idleMs: timeouts.idle_ms,
            wholeMs: timeouts.whole_ms,
            streamMs: timeouts.stream_ms,
            unreadMs: timeouts.unread_ms,
          }),
        }
      : {}),
    ...(circuit
      ? {
          circuit: given({
            failures: circuit.failures,
            failureRate: circuit.failure_rate,
            windowMs: circuit.window_ms,
            retryAfterMs: circuit.retry_after_ms,
            whenAllOpen: circuit.when_all_open,
            maxWaitMs: circuit.max_wait_ms,
          }),
        }
      : {}),
  };
}

/** Options that a configuration may change. */
export type ChangingOptions = Pick<
  NexusHubOptions,
  | 'models'
  | 'fallbacks'
  | 'keys'
  | 'roles'
  | 'flow'
  | 'modelList'
  | 'prices'
  | 'limits'
  | 'routing'
  | 'timeouts'
  | 'circuit'
>;

/** A name that several providers list leads to all of them: they share its requests and back each other up. */
function routesOf(providers: readonly ProviderConfig[]): Record<string, Route<string>[]> {
  const routes = new Map<string, Route<string>[]>();
  for (const { id, models = [] } of providers)
    for (const { name, upstream_model: model = name, weight, tier, when } of models) {
      const rank = { ...given({ tier }), ...(when ? { when: conditionOf(when) } : {}) };
      routes.set(name, [...(routes.get(name) ?? []), { provider: id, model, weight, ...rank }]);
    }
  return Object.fromEntries(routes);
}

function boundsOf(provider: ProviderConfig): Partial<ProviderBounds> {
  return given({
    requestsPerSecond: provider.rate_limit,
    maxConcurrency: provider.max_concurrency,
    maxQueue: provider.max_queue,
    maxWaitMs: provider.max_wait_ms,
  });
}

function keyOf(entry: NonNullable<Config['keys']>[number]): KeyOptions {
  const { rpm, tpm, max_concurrent: maxConcurrent, budget_usd: budgetUsd, ...rest } = entry;
  return { ...rest, requestsPerMinute: rpm, tokensPerMinute: tpm, maxConcurrent, budgetUsd };
}

function hedgeOf(hedge: NonNullable<NonNullable<Config['routing']>['hedge']>): NonNullable<RoutingOptions['hedge']> {
  const { quantile, min_ms: minMs, share, with_tools: withTools } = hedge;
  return given({ quantile, minMs, share, withTools });
}

/** Options of a hub that a configuration may change, its providers among them. */
export type ConfiguredOptions = ChangingOptions & Pick<NexusHubOptions, 'providers'>;
