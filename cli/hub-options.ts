import type { KeyOptions, NexusHubOptions, ProviderBounds, Route } from 'nexusai-hub';
import type { UpstreamRules } from 'nexusai-hub/provider-kit';
import { demo } from 'nexusai-hub/adapters/demo';
import { openai } from 'nexusai-hub/adapters/openai';
import { cacheOf } from './cache-config.ts';
import type { Config, ProviderConfig } from './config-schema.ts';
import type { Environment } from './environment.ts';
import { given } from './given.ts';
import { loggingOf } from './logging-config.ts';
import { pricesOf } from './prices-config.ts';
import { providersFromConfig } from './providers-from-config.ts';
import { recordsOf } from './records-config.ts';
import { sessionsOf } from './sessions-config.ts';
import { conditionOf, fallbacksOf } from './routes-config.ts';

type RoutingOptions = NonNullable<NexusHubOptions['routing']>;

/**
 * What a configuration file becomes.
 * @throws Problem naming file and provider where an adapter does not take its settings.
 */
export function optionsOf(config: Config, file: string): NexusHubOptions {
  const { providers, fallbacks, keys = [], roles, model_list: list, limits, shedding } = config;
  const { cache, routing, timeouts, circuit, prices, records, logging } = config;
  const { security, sessions, signatures, tokens } = config;
  return {
    providers: providersFromConfig(providers, file, security && upstreamRulesOf(security)),
    models: routesOf(providers),
    ...(fallbacks ? { fallbacks: fallbacksOf(fallbacks) } : {}),
    keys: keys.map(keyOf),
    ...(roles ? { roles } : {}),
    ...(signatures
      ? { signatures: given({ maxAgeMs: signatures.max_age_ms, clockSkewMs: signatures.clock_skew_ms }) }
      : {}),
    flow: { byProvider: Object.fromEntries(providers.map((provider) => [provider.id, boundsOf(provider)])) },
    ...(list ? { modelList: given({ ask: list.ask, cacheMs: list.cache_ms, timeoutMs: list.timeout_ms }) } : {}),
    ...(prices ? { prices: pricesOf(prices) } : {}),
    ...(sessions ? { sessions: sessionsOf(sessions) } : {}),
    ...(cache ? { cache: cacheOf(cache) } : {}),
    ...(records ? { records: recordsOf(records) } : {}),
    ...(logging ? { logging: loggingOf(logging) } : {}),
    ...(tokens ? { tokens: given({ check: tokens.check }) } : {}),
    ...(shedding === undefined ? {} : { shedding: sheddingOf(shedding) }),
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

/** Without a file: the demo, and OpenAI itself where the environment has a key for it. */
export function defaultOptions({ openaiKey }: Environment): NexusHubOptions {
  return { providers: { demo: demo(), ...(openaiKey === undefined ? {} : { openai: openai({ apiKey: openaiKey }) }) } };
}

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

function sheddingOf(shedding: NonNullable<Config['shedding']>): NonNullable<NexusHubOptions['shedding']> {
  if (shedding === false) return false;
  return given({
    maxHeapShare: shedding.max_heap_share,
    maxRssBytes: shedding.max_rss_bytes,
    maxInFlight: shedding.max_in_flight,
    maxLoopDelayMs: shedding.max_loop_delay_ms,
  });
}

function upstreamRulesOf({
  allow_private_upstreams: allowPrivateUpstreams,
  allowed_upstreams: allowedUpstreams,
}: NonNullable<Config['security']>): UpstreamRules {
  return given({ allowPrivateUpstreams, allowedUpstreams });
}

function keyOf(entry: NonNullable<Config['keys']>[number]): KeyOptions {
  const { rpm, tpm, max_concurrent: maxConcurrent, budget_usd: budgetUsd, ...rest } = entry;
  return { ...rest, requestsPerMinute: rpm, tokensPerMinute: tpm, maxConcurrent, budgetUsd };
}

function hedgeOf(hedge: NonNullable<NonNullable<Config['routing']>['hedge']>): NonNullable<RoutingOptions['hedge']> {
  const { quantile, min_ms: minMs, share, with_tools: withTools } = hedge;
  return given({ quantile, minMs, share, withTools });
}
