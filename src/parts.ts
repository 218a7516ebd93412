import type { AnswerShelves } from './answer-shelves.ts';
import type { Books } from './bookkeeping/books.ts';
import type { QuotaState } from './defaults/guarded-quota.ts';
import type { Hedging } from './hedging.ts';
import type { LiveCounting } from './live-counting.ts';
import type { OpenVisits } from './open-visits.ts';
import type {
  Authenticator,
  Balancer,
  CircuitBreaker,
  Clock,
  FlowControl,
  Limiter,
  Logger,
  NonceStore,
  PriceTable,
  Quota,
  Router,
  SessionTracker,
  StatsSink,
  Store,
  TokenCounter,
} from './ports/index.ts';
import type { ResponseHomes } from './response-homes.ts';
import type { Roles } from './roles.ts';
import type { TokenAudit } from './token-audit.ts';
import type { TrafficShare } from './traffic-share.ts';

/** How long things may take, in milliseconds. */
export interface TimeLimits {
  /** Until a stream's first content, per attempt. */
  readonly firstContentMs: number;
  /** Between two reads from the provider, once it has begun to answer. */
  readonly idleMs: number;
  /** Until an answer that is not streamed is whole, per attempt. */
  readonly wholeMs: number;
  /** Until a stream's end, per attempt. `undefined`: a stream may last as long as it is alive. */
  readonly streamMs: number | undefined;
  /** How long a reader may leave a stream unread before it counts as gone. */
  readonly unreadMs: number;
}

/**
 * What becomes of a request when the circuits of all its targets are open: it is refused at once, with the time to come
 * back (`fail_fast`), waits for the first that may be asked again (`wait`), or goes to the one that is closest to coming
 * back (`least_bad`). A circuit that somebody holds open is never asked.
 */
export type WhenAllOpen = 'fail_fast' | 'wait' | 'least_bad';

/**
 * What an answer is charged that its caller left in the middle: what its provider had `reported` by then; else what was
 * counted of what came (`delivered`); nothing (`none`); or what the provider reports at its end, to which the hub reads
 * it (`drain`).
 */
export type DisconnectPolicy = 'reported' | 'delivered' | 'none' | 'drain';

/** How often and how long a request may look for an answer. */
export interface AttemptLimits {
  /** Attempts over all targets together. */
  readonly maxAttempts: number;
  /**
   * Milliseconds from the start of the request: after them no attempt begins, and a stream without content is given up.
   */
  readonly deadlineMs: number;
  /** Longest pause before the first repeat, in milliseconds; it doubles from round to round, with full jitter. */
  readonly backoffMs: number;
  /** What becomes of a request when the circuits of all its targets are open. */
  readonly whenAllOpen: WhenAllOpen;
  /** The longest `wait` waits for a target to come back, in milliseconds; never past the deadline. */
  readonly maxWaitMs: number;
  /** Whether whole answers are held against the schema that was asked for. */
  readonly checkSchema: boolean;
  /** What goes on when a stream breaks after content: nothing, or another target from there, marked. */
  readonly continuation: 'off' | 'marked';
}

/** Everything a request needs on its way: one value per port, and the limits of the journey. */
export interface Parts {
  readonly authenticator: Authenticator;
  /** What callers may do. */
  readonly roles: Roles;
  readonly sessions: SessionTracker;
  readonly limiter: Limiter;
  /** What the limits of callers and providers are counted in. */
  readonly quota: Quota;
  /** Whether that is for all processes together at the moment. */
  readonly quotaState: () => QuotaState;
  readonly router: Router;
  readonly balancer: Balancer;
  readonly circuit: CircuitBreaker;
  readonly flow: FlowControl;
  readonly tokens: TokenCounter;
  /** Holds counts against what providers report. */
  readonly tokenAudit: TokenAudit;
  readonly prices: PriceTable;
  readonly stats: readonly StatsSink[];
  /** What processes count together. Absent: each counts for itself. */
  readonly live: LiveCounting | undefined;
  /** What was said and what it cost, for good. */
  readonly books: Books;
  /** What is charged of answers whose callers left, and how long they are read on. */
  readonly disconnect: { readonly policy: DisconnectPolicy; readonly drainWithinMs: number };
  /** Answers that are given again. Absent: none are. */
  readonly shelves: AnswerShelves | undefined;
  /** What circuits know beyond this process. */
  readonly store: Store;
  /** Which signed requests were seen. */
  readonly nonces: NonceStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly time: TimeLimits;
  readonly attempts: AttemptLimits;
  /** What asking targets again may add to the traffic. */
  readonly retries: TrafficShare;
  /** Whether records tell of every target that was looked at. */
  readonly explains: boolean;
  /** Whether what callers ask is logged. */
  readonly logsPrompts: boolean;
  /** Absent: nobody is asked beside a slow target. */
  readonly hedging: Hedging | undefined;
  /** Requests in the hub now. */
  readonly visits: OpenVisits;
  /** Who made which response of `/v1/responses`. */
  readonly responses: ResponseHomes;
  /** Work that outlives its request: counts under way. `hub.close()` waits for it. */
  readonly background: Set<Promise<void>>;
}
