import type { AccessOptions } from './access-options.ts';
import type { AuditOptions } from './audit-options.ts';
import type { CacheOptions } from './cache-options.ts';
import type { StrategyName } from './defaults/balancer.ts';
import type { ProviderBounds } from './defaults/flow-control.ts';
import type { AwayMode } from './defaults/guarded-quota.ts';
import type { PricesOptions } from './defaults/price-table.ts';
import type { LoggingOptions } from './logging-options.ts';
import type { ModelListOptions } from './model-list-options.ts';
import type { WhenAllOpen } from './parts.ts';
import type { RecordsOptions } from './records-options.ts';
import type { FallbackRoute, Route } from './route-options.ts';
import type { SessionsOptions } from './sessions-options.ts';
import type {
  AnswerCache,
  Authenticator,
  Balancer,
  CircuitBreaker,
  Clock,
  DatabaseBackup,
  FlowControl,
  Ledger,
  Limiter,
  LiveCounters,
  NonceStore,
  PriceTable,
  Provider,
  Quota,
  Router,
  SessionStore,
  SessionTracker,
  StatsSink,
  Store,
  TokenCounter,
} from './ports/index.ts';

/** Providers of a hub by their id. The ids become types: a route can only name one of them. */
export type Providers = Readonly<Record<string, Provider>>;

/** Bounds of a provider; what is left out keeps its default. */
export type FlowOptions = Partial<ProviderBounds>;

/** Options of a hub. Only `providers` is needed. Durations are milliseconds. */
export interface NexusHubOptions<P extends Providers = Providers> extends LoggingOptions, AccessOptions {
  /** Who answers, by id. */
  readonly providers: P;
  /**
   * Which model name leads where. A name that is not listed goes to the providers that list it in their `models`, or
   * else to those without a list.
   */
  readonly models?: Readonly<Record<string, Route<keyof P & string> | readonly Route<keyof P & string>[]>>;
  /**
   * Which models answer in a model's place, in this order. Their own fallbacks follow them; a circle is refused. Whoever
   * may use a model may be answered by its fallbacks.
   */
  readonly fallbacks?: Readonly<Record<string, FallbackRoute | readonly FallbackRoute[]>>;
  /** Where the list of models (`GET /v1/models`, `models.list()`) has names from that are not configured. */
  readonly modelList?: ModelListOptions;
  readonly limits?: {
    /** Requests the hub takes in a second. @default 1000 */
    readonly requestsPerSecond?: number;
    /**
     * What a key with a budget gets of a model whose cost cannot be told (no price, or no tokens to be priced): `refuse`,
     * the error `forbidden`; or `allow`, an answer that counts nothing. @default 'refuse'
     */
    readonly unpriced?: 'refuse' | 'allow';
    /**
     * Cuts off an answer that passes what was left of its key's tokens or money when it was let in: it ends with
     * `budget_exhausted`. What it has cost by then is charged. @default false
     */
    readonly cutStreams?: boolean;
    /**
     * What is done while `quota` is away: `closed`, nobody is let in (`limiter_unavailable`); `open`, everybody is;
     * `local-share`, this process counts its part of the limits. @default 'local-share'
     */
    readonly whenQuotaIsAway?: AwayMode;
    /** How long an answer of `quota` is waited for. @default 20 */
    readonly quotaWithinMs?: number;
    /** How many processes share `quota`, for their parts. @default as many as it has lately seen, or else 1 */
    readonly processes?: number;
  };
  /** Bounds of every provider, and exceptions by provider. */
  readonly flow?: FlowOptions & { readonly byProvider?: { readonly [Id in keyof P]?: FlowOptions } };
  /**
   * From where on the hub turns requests away with 503 and a time to come back, before memory or time run out: those of
   * a priority below 0 a little sooner, above 0 a little later. `false`: it takes them all.
   */
  readonly shedding?:
    | false
    | {
        /** Part of JavaScript's heap in use, 0.1 to 0.9; bodies under way count in advance. @default 0.85 */
        readonly maxHeapShare?: number;
        /** Memory of the process. @default 90 % of what its container lets it have; no limit without a container */
        readonly maxRssBytes?: number;
        /** Requests in the hub at once. @default 10000 */
        readonly maxInFlight?: number;
        /** How late the loop may be. @default no limit */
        readonly maxLoopDelayMs?: number;
      };
  readonly routing?: {
    /** Which of a model's targets is asked first. @default 'weighted' */
    readonly strategy?: StrategyName;
    /** Attempts over all targets together. @default 3 */
    readonly maxAttempts?: number;
    /** Until an answer has begun; afterwards no attempt begins. @default 60000 */
    readonly deadlineMs?: number;
    /** Longest pause before the first repeat; doubles each round, full jitter. @default 250 */
    readonly backoffMs?: number;
    /**
     * How often targets that failed may be asked again, so that an outage is not answered with a multiple of the traffic:
     * `share` of the requests of the last ten seconds, and `perSecond` more for each of these seconds, together or one by
     * one. Asking another target costs nothing.
     * @default { share: 0.2, perSecond: 10 }
     */
    readonly retries?: { readonly share?: number; readonly perSecond?: number };
    /**
     * Asks another target beside one that is slow to begin, and takes the first answer; the other attempt is stopped,
     * and recorded. An object, even an empty one, turns it on.
     * @default off
     */
    readonly hedge?: {
      /** Slow is what takes longer than this part of the model's last answers. @default 0.95 */
      readonly quantile?: number;
      /** No sooner than this. @default 50 */
      readonly minMs?: number;
      /** At the most this part of the requests of the last ten seconds. @default 0.05 */
      readonly share?: number;
      /** Also for requests with tools: what the model does might be done twice. @default false */
      readonly withTools?: boolean;
    };
    /**
     * What happens when a stream breaks after its first content: it ends with an error (`off`), or another target goes
     * on from there, told what was said so far; the chunk where it begins carries `nexus.continued` (`marked`). Text
     * only: not with tools, a `response_format`, or `n` over 1.
     * @default 'off'
     */
    readonly continuation?: 'off' | 'marked';
    /**
     * Holds whole answers against the JSON schema in `response_format`; one that does not fit fails with
     * `schema_mismatch`, and the next target is asked. Streams are not checked.
     * @default false; also on where a fallback stands for the cause `schema`
     */
    readonly checkSchema?: boolean;
  };
  readonly timeouts?: {
    /**
     * Until a stream's first content, per attempt. Half of what is left of the deadline where all of that is less, and
     * another target may be asked. @default 30000
     */
    readonly firstContentMs?: number;
    /** Between two reads from a provider that has begun to answer. @default 60000 */
    readonly idleMs?: number;
    /** Until an answer that is not streamed is whole, per attempt. @default 600000 */
    readonly wholeMs?: number;
    /** Until a stream's end, per attempt. @default no limit: a stream lasts as long as it is alive */
    readonly streamMs?: number;
    /** How long a stream may lie unread before its reader counts as gone. @default 300000 */
    readonly unreadMs?: number;
  };
  readonly circuit?: {
    /** Failures of a target within the window that open its circuit. @default 5 */
    readonly failures?: number;
    /** Part of its attempts that must have failed too, 0 to 1, unless as many failed in a row. @default 0.5 */
    readonly failureRate?: number;
    /** @default 10000 */
    readonly windowMs?: number;
    /** How long an open circuit leaves the target alone. @default 10000 */
    readonly retryAfterMs?: number;
    /**
     * A request whose targets are all left alone is refused at once with the time to come back (`fail_fast`), waits for
     * the first that may be asked again (`wait`), or goes to the one closest to it (`least_bad`). Holds for a
     * `circuitBreaker` of your own, too. @default 'fail_fast'
     */
    readonly whenAllOpen?: WhenAllOpen;
    /** The longest `wait` waits, within the deadline. @default 5000 */
    readonly maxWaitMs?: number;
  };
  /** How long conversations last, and what is kept of them. */
  readonly sessions?: SessionsOptions;

  /**
   * How long the `ledger` keeps conversations after their latest request. Older ones, and older requests without a
   * conversation, are moved into an archive; sums by hour, day and month stay.
   * @default 'off'
   */
  readonly retention?:
    | 'off'
    | {
        /** Calendar months. @default 6 */
        readonly months?: number;
        /** In place of months. */
        readonly days?: number;
        /** The folder of the archive. It holds what people said. */
        readonly archive: string;
        /** How often it is looked for what is old. @default 3600000 */
        readonly everyMs?: number;
      };
  /** Copies of the database that can be restored. Without it none are made. */
  readonly backups?: {
    /** What is copied. */
    readonly database: DatabaseBackup;
    /** Where the copies are. They hold what people said. */
    readonly folder: string;
    /** From one to the next; `off`: only when somebody asks. @default 3600000 */
    readonly everyMs?: number | 'off';
    /** How many of the latest are kept. @default 24 */
    readonly keep?: number;
  };

  /** Gives answers again to who asks the same: docs/cache.md. Without it every answer is asked for. */
  readonly cache?: CacheOptions;

  /** How records reach the `ledger`, and what is kept. Without a `ledger` they reach it at once. */
  readonly records?: RecordsOptions;

  /** What answers cost. What has no price here has no cost: there is no list of vendors' prices built in. */
  readonly prices?: PricesOptions<keyof P & string>;

  readonly tokens?: {
    /**
     * Part of the answers, 0 to 1, that is counted although their provider reported them, two a second of each model at
     * the most: docs/tokens.md. @default 0.01
     */
    readonly check?: number;
  };

  /**
   * Takes the place of `keys`. A function is given who they tell, and how many there are, to put something before it; it
   * is asked again when they change.
   */
  readonly authenticator?: Authenticator | ((configured: Authenticator, keys: number) => Authenticator);
  /** Takes the place of `limits`. */
  readonly limiter?: Limiter;
  /**
   * Counts what `limits`, `keys` and paces of providers allow. One that several processes share makes their limits
   * hold for all of them together. @default in the memory of this process
   */
  readonly quota?: Quota;
  /**
   * Where what was said and what it cost is kept for good. Closed with the hub.
   * @default in memory: the latest requests without their messages, until the end of the process
   */
  readonly ledger?: Ledger;
  /** Takes the place of `models` and `fallbacks`. */
  readonly router?: Router;
  /** Takes the place of `routing.strategy`. */
  readonly balancer?: Balancer;
  /** Takes the place of `circuit`. */
  readonly circuitBreaker?: CircuitBreaker;
  /** Takes the place of `flow`. */
  readonly flowControl?: FlowControl;
  /** Takes the place of `sessions`. */
  readonly sessionTracker?: SessionTracker;
  /** Where conversations are kept, for many processes or beyond this one. @default in memory */
  readonly sessionStore?: SessionStore;
  /**
   * Where processes count together what they do at the moment: active conversations, requests under way. Closed with the
   * hub. @default each process for itself
   */
  readonly liveCounters?: LiveCounters;
  /** Takes the place of `prices`. */
  readonly priceTable?: PriceTable;
  /** @default tiktoken */
  readonly tokenCounter?: TokenCounter;
  /** Takes the record of every request, beside the hub's own statistics. */
  readonly statsSinks?: readonly StatsSink[];
  /**
   * Where states of circuits outlive a restart and are shared by several processes. Closed with the hub.
   * @default memory: nothing survives, nothing is shared
   */
  readonly store?: Store;
  /** Where answers of the `cache` are kept, for many processes. Closed with the hub. @default in memory */
  readonly answerCache?: AnswerCache;
  /** Where signed requests are remembered, so that each counts once. Closed with the hub. @default in memory */
  readonly nonceStore?: NonceStore;
  /** What is written into the audit log. Who is watched by it cannot change that. */
  readonly audit?: AuditOptions;
  /**
   * Records tell of every target that was looked at, in which order, and why it was not asked: `candidates`.
   * @default false
   */
  readonly explain?: boolean;
  readonly clock?: Clock;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
}
