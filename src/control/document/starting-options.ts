import type { NexusHubOptions } from '../../options.ts';
import { auditOptionsOf } from './audit-config.ts';
import { cacheOf } from './cache-config.ts';
import type { Config } from './config-schema.ts';
import { given } from './given.ts';
import { loggingOf } from './logging-config.ts';
import { recordsOf } from './records-config.ts';
import { sessionsOf } from './sessions-config.ts';

/** What a configuration says that holds from the start of a hub to its end, as its options. */
export function startingOptionsOf({
  shedding,
  audit,
  cache,
  records,
  logging,
  sessions,
  signatures,
  tokens,
}: Config): StartingOptions {
  return {
    ...(signatures
      ? { signatures: given({ maxAgeMs: signatures.max_age_ms, clockSkewMs: signatures.clock_skew_ms }) }
      : {}),
    ...(sessions ? { sessions: sessionsOf(sessions) } : {}),
    ...(audit ? { audit: auditOptionsOf(audit) } : {}),
    ...(cache ? { cache: cacheOf(cache) } : {}),
    ...(records ? { records: recordsOf(records) } : {}),
    ...(logging ? { logging: loggingOf(logging) } : {}),
    ...(tokens ? { tokens: given({ check: tokens.check }) } : {}),
    ...(shedding === undefined ? {} : { shedding: sheddingOf(shedding) }),
  };
}

/** Options that a configuration has an effect on at the start alone. */
type StartingOptions = Pick<
  NexusHubOptions,
  'signatures' | 'sessions' | 'audit' | 'cache' | 'records' | 'logging' | 'tokens' | 'shedding'
>;

function sheddingOf(shedding: NonNullable<Config['shedding']>): NonNullable<NexusHubOptions['shedding']> {
  if (shedding === false) return false;
  return given({
    maxHeapShare: shedding.max_heap_share,
    maxRssBytes: shedding.max_rss_bytes,
    maxInFlight: shedding.max_in_flight,
    maxLoopDelayMs: shedding.max_loop_delay_ms,
  });
}
