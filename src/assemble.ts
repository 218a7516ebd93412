import { isDeepStrictEqual } from 'node:util';
import { AnswerShelves } from './answer-shelves.ts';
import { Books } from './bookkeeping/books.ts';
import { memoryAnswerCache } from './defaults/answer-cache.ts';
import { bearerAuthenticator } from './defaults/authenticator.ts';
import { balancerOf } from './defaults/balancer.ts';
import { inTiers } from './defaults/balancer/in-tiers.ts';
import { opossumCircuit } from './defaults/circuit-breaker.ts';
import { systemClock } from './defaults/clock.ts';
import { queueFlowControl } from './defaults/flow-control.ts';
import type { GuardedQuota } from './defaults/guarded-quota.ts';
import { guardedQuota } from './defaults/guarded-quota.ts';
import { quotaLimiter } from './defaults/limiter.ts';
import { silentLogger } from './defaults/logger.ts';
import { pacedFlowControl } from './defaults/paced-flow-control.ts';
import { memoryNonceStore } from './defaults/nonce-store.ts';
import { ownersPrices } from './defaults/price-table.ts';
import { memoryQuota } from './defaults/quota.ts';
import { modelRouter } from './defaults/router.ts';
import { memorySessionStore } from './defaults/session-store.ts';
import { sessionTracker } from './defaults/session-tracker.ts';
import type { MemoryStats } from './defaults/stats.ts';
import { memoryStore } from './defaults/store.ts';
import { tokenCounter } from './defaults/token-counter.ts';
import { unfailingLogger } from './defaults/unfailing-logger.ts';
import { countedSessions } from './counted-sessions.ts';
import type { FlowBounds } from './flow-bounds.ts';
import { Hedging } from './hedging.ts';
import { LiveCounting } from './live-counting.ts';
import { maskingLogger } from './masking/masking-logger.ts';
import { OpenVisits } from './open-visits.ts';
import type { Parts } from './parts.ts';
import type { Authenticator, Clock, FlowControl, Logger, Quota, SessionTracker } from './ports/index.ts';
import { restrictedRouter } from './restricted-router.ts';
import { ResponseHomes } from './response-homes.ts';
import { Roles } from './roles.ts';
import type { Settings } from './settings.ts';
import { TokenAudit } from './token-audit.ts';
import { TrafficShare } from './traffic-share.ts';

/** What lasts as long as its hub, whatever is configured meanwhile: what is counted, kept and remembered. */
export type LastingParts = Omit<Parts, keyof ConfiguredParts>;

/** What a configuration decides. */
export type ConfiguredParts = Pick<
  Parts,
  | 'roles'
  | 'limiter'
  | 'router'
  | 'balancer'
  | 'circuit'
  | 'prices'
  | 'time'
  | 'explains'
  | 'retries'
  | 'hedging'
  | 'attempts'
>;

/** What was put together, and of what. */
export interface Assembled {
  readonly settings: Settings;
  readonly parts: Parts;
}

/** What lasts longer than a configuration, and goes by the one that is in force. */
export interface Present {
  readonly bounds: FlowBounds;
  readonly limits: () => Settings['limits'];
  readonly authenticator: (clock: Clock) => Authenticator;
}

/** Puts together what lasts: the values that were handed in, and a default for every other port. */
export function lastingParts(settings: Settings, present: Present, stats: MemoryStats): LastingParts {
  const { clock = systemClock, random = Math.random, store = memoryStore(clock) } = settings;
  const logger = loggerOf(settings);
  const tokens = settings.tokenCounter ?? tokenCounter();
  const guard = settings.quota && guardOf(settings.quota, present.limits, clock, logger);
  const quota = guard ?? memoryQuota(clock);
  const live =
    settings.liveCounters && new LiveCounting(settings.liveCounters, settings.sessions.idleMs, clock, logger);
  const sessions = settings.sessionTracker ?? conversations(settings, clock, logger);
  return {
    clock,
    logger,
    random,
    authenticator: present.authenticator(clock),
    quota,
    quotaState: () => guard?.state() ?? { kind: 'own' },
    flow: settings.flowControl ?? pacedQueues(present.bounds, clock, quota),
    sessions: live ? countedSessions(sessions, live) : sessions,
    tokens,
    tokenAudit: new TokenAudit(tokens, settings.tokens.check, random, logger, clock),
    stats: [stats, ...(live ? [live] : []), ...settings.statsSinks],
    live,
    books: booksOf(settings, clock, logger, random),
    disconnect: { policy: settings.records.disconnect, drainWithinMs: settings.records.drainWithinMs },
    shelves: shelvesOf(settings, clock, logger),
    store,
    nonces: settings.nonceStore ?? memoryNonceStore(clock),
    logsPrompts: settings.logging.prompts,
    visits: new OpenVisits(),
    responses: new ResponseHomes(),
    background: new Set(),
  };
}

/**
 * Puts together what requests need. What is made of the same settings as before is taken over: it knows what a new one
 * would have to learn.
 */
export function assemble(settings: Settings, lasting: LastingParts, before?: Assembled): Parts {
  const { clock, random, logger, store, quota } = lasting;
  const { retries, hedge, ...limits } = settings.routing;
  const table = Object.fromEntries(
    Object.entries(settings.models).map(([name, routes]) => [
      name,
      routes.map((route) => ({ ...route, model: route.model ?? name })),
    ]),
  );
  const same = <Name extends keyof ConfiguredParts>(
    name: Name,
    madeOf: (settings: Settings) => unknown,
    make: () => Parts[Name],
  ): Parts[Name] =>
    before && isDeepStrictEqual(madeOf(before.settings), madeOf(settings)) ? before.parts[name] : make();
  const prices = same(
    'prices',
    (one) => one.prices,
    () => settings.priceTable ?? ownersPrices(settings.prices),
  );
  return {
    ...lasting,
    roles: new Roles(settings.roles),
    limiter: same(
      'limiter',
      (one) => one.limits,
      () => settings.limiter ?? quotaLimiter(settings.limits, quota, clock),
    ),
    router: restrictedRouter(settings.router ?? modelRouter(settings.providers, table, settings.fallbacks)),
    balancer: same(
      'balancer',
      (one) => [one.routing.strategy, one.prices],
      () => inTiers(settings.balancer ?? balancerOf(settings.routing.strategy, { random, clock, prices })),
    ),
    circuit: same(
      'circuit',
      (one) => one.circuit,
      () => settings.circuitBreaker ?? opossumCircuit(settings.circuit, { clock, logger, store }),
    ),
    prices,
    time: { streamMs: undefined, ...settings.timeouts },
    explains: settings.explain,
    retries: same(
      'retries',
      (one) => one.routing.retries,
      () => new TrafficShare(retries, clock),
    ),
    hedging: same(
      'hedging',
      (one) => one.routing.hedge,
      () => hedge && new Hedging(hedge, clock),
    ),
    attempts: {
      ...limits,
      whenAllOpen: settings.circuit.whenAllOpen,
      maxWaitMs: settings.circuit.maxWaitMs,
    },
  };
}

/**
 * Who shows no stored key. Whoever gives a store for keys means that callers need one, and whoever puts something before the
 * configured ones says so there.
 */
export function configuredAuthenticator({ authenticator, keys, control }: Settings): Authenticator {
  if (typeof authenticator === 'function') return authenticator(bearerAuthenticator(keys), keys.length);
  return authenticator ?? bearerAuthenticator(keys, control.stores.keys !== undefined);
}

/** Nobody beyond this has to think of a logger that fails, or of what it must not be told. */
function loggerOf({ logger, logging }: Settings): Logger {
  return logger ? unfailingLogger(maskingLogger(logger, logging)) : silentLogger;
}

function conversations({ sessions, sessionStore }: Settings, clock: Clock, logger: Logger): SessionTracker {
  const { idleMs, maxActive, storeWithinMs: withinMs, history } = sessions;
  const maxHistoryLength = history ? history.maxLength : undefined;
  const store =
    sessionStore ?? memorySessionStore({ maxActive, maxHistoryLength: history ? history.maxTotalLength : 0 });
  return sessionTracker({ idleMs, maxActive, withinMs, maxHistoryLength }, store, clock, logger);
}

function shelvesOf({ cache, answerCache }: Settings, clock: Clock, logger: Logger): AnswerShelves | undefined {
  return cache && new AnswerShelves(answerCache ?? memoryAnswerCache(clock, cache), cache, clock, logger);
}

/** Who gives no ledger wants numbers, and nothing kept of what was said. */
function booksOf({ ledger, records }: Settings, clock: Clock, logger: Logger, random: () => number): Books {
  const isGiven = ledger !== undefined;
  return new Books(ledger, { ...records, messages: records.messages ?? isGiven }, { clock, logger, random });
}

/** What is done while the quota is away is what is configured then. */
function guardOf(quota: Quota, limits: () => Settings['limits'], clock: Clock, logger: Logger): GuardedQuota {
  const options = {
    get whenAway() {
      return limits().whenQuotaIsAway;
    },
    get withinMs() {
      return limits().quotaWithinMs;
    },
    get processes() {
      return limits().processes;
    },
  };
  return guardedQuota(quota, options, clock, logger);
}

function pacedQueues(bounds: FlowBounds, clock: Clock, quota: Quota): FlowControl {
  const queues = queueFlowControl((id) => bounds.of(id), clock);
  bounds.whenSet = () => queues.look();
  return pacedFlowControl(queues, (id) => bounds.of(id), quota, clock);
}
