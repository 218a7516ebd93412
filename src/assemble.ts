import type { AuditViews } from './audit-views.ts';
import { AnswerShelves } from './answer-shelves.ts';
import { Books } from './bookkeeping/books.ts';
import { memoryAnswerCache } from './defaults/answer-cache.ts';
import { bearerAuthenticator } from './defaults/authenticator.ts';
import { balancerOf } from './defaults/balancer.ts';
import { inTiers } from './defaults/balancer/in-tiers.ts';
import { opossumCircuit } from './defaults/circuit-breaker.ts';
import { systemClock } from './defaults/clock.ts';
import type { ProviderBounds } from './defaults/flow-control.ts';
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
import { countedSessions } from './counted-sessions.ts';
import { Hedging } from './hedging.ts';
import { ConsoleSessions } from './console-sessions.ts';
import { auditOf } from './control/audit-of.ts';
import type { AuditTrail } from './control/audit-trail.ts';
import type { PersonalKeyNeeds } from './control/personal-keys.ts';
import { PersonalKeys } from './control/personal-keys.ts';
import { guardedFromGuessing } from './control/wrong-keys.ts';
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

/** Everything a request needs, and what is changed while the hub runs. */
export interface Assembled extends Parts {
  readonly personalKeys: PersonalKeys;
  readonly audit: AuditTrail;
  readonly auditViews: AuditViews;
  readonly consoleSessions: ConsoleSessions;
}

/** Puts together what requests need: the values that were handed in, and a default for every other port. */
export function assemble(settings: Settings, stats: MemoryStats): Assembled {
  const { clock = systemClock, random = Math.random, store = memoryStore(clock) } = settings;
  const logger = settings.logger ? maskingLogger(settings.logger, settings.logging) : silentLogger;
  const { retries, hedge, ...limits } = settings.routing;
  const table = Object.fromEntries(
    Object.entries(settings.models).map(([name, routes]) => [
      name,
      routes.map((route) => ({ ...route, model: route.model ?? name })),
    ]),
  );
  const prices = settings.priceTable ?? ownersPrices(settings.prices);
  const tokens = settings.tokenCounter ?? tokenCounter();
  const guard = settings.quota && guardOf(settings.quota, settings, clock, logger);
  const quota = guard ?? memoryQuota(clock);
  const live =
    settings.liveCounters && new LiveCounting(settings.liveCounters, settings.sessions.idleMs, clock, logger);
  const sessions = settings.sessionTracker ?? conversations(settings, clock, logger);
  const roles = new Roles(settings.roles);
  const { trail: audit, views: auditViews } = auditOf(settings, { clock, logger });
  const personalKeys = personalKeysOf(settings, { roles, audit, clock, logger });
  const { wrongKeys } = settings.control;
  const known = personalKeys.authenticator(authenticatorOf(settings));
  return {
    clock,
    logger,
    random,
    authenticator: wrongKeys ? guardedFromGuessing(known, wrongKeys, clock) : known,
    consoleSessions: new ConsoleSessions(store, roles, clock),
    roles,
    personalKeys,
    audit,
    auditViews,
    quota,
    quotaState: () => guard?.state() ?? { kind: 'own' },
    limiter: settings.limiter ?? quotaLimiter(settings.limits, quota, clock),
    router: restrictedRouter(settings.router ?? modelRouter(settings.providers, table, settings.fallbacks)),
    balancer: inTiers(settings.balancer ?? balancerOf(settings.routing.strategy, { random, clock, prices })),
    circuit: settings.circuitBreaker ?? opossumCircuit(settings.circuit, { clock, logger, store }),
    flow: settings.flowControl ?? pacedQueues(settings, clock, quota),
    sessions: live ? countedSessions(sessions, live) : sessions,
    tokens,
    tokenAudit: new TokenAudit(tokens, settings.tokens.check, random, logger),
    prices,
    stats: [stats, ...(live ? [live] : []), ...settings.statsSinks],
    live,
    books: booksOf(settings, clock, logger, random),
    disconnect: { policy: settings.records.disconnect, drainWithinMs: settings.records.drainWithinMs },
    shelves: shelvesOf(settings, clock, logger),
    store,
    nonces: settings.nonceStore ?? memoryNonceStore(clock),
    time: { streamMs: undefined, ...settings.timeouts },
    explains: settings.explain,
    logsPrompts: settings.logging.prompts,
    retries: new TrafficShare(retries, clock),
    hedging: hedge && new Hedging(hedge, clock),
    attempts: {
      ...limits,
      whenAllOpen: settings.circuit.whenAllOpen,
      maxWaitMs: settings.circuit.maxWaitMs,
    },
    visits: new OpenVisits(),
    responses: new ResponseHomes(),
    background: new Set(),
  };
}

function personalKeysOf(
  settings: Settings,
  parts: Pick<PersonalKeyNeeds, 'roles' | 'audit' | 'clock' | 'logger'>,
): PersonalKeys {
  const { stores, peppers } = settings.control;
  const own = peppers?.map(({ id, secret }) => ({ id, bytes: Buffer.from(secret) }));
  const providerIds = (): readonly string[] => Object.keys(settings.providers);
  return new PersonalKeys({ store: stores.keys, peppers: own && (() => own), providerIds, ...parts });
}

/** Who shows no stored key. Whoever gives a store for keys means that callers need one. */
function authenticatorOf({ authenticator, keys, control }: Settings): Authenticator {
  return authenticator ?? bearerAuthenticator(keys, control.stores.keys !== undefined);
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

function guardOf(quota: Quota, { limits }: Settings, clock: Clock, logger: Logger): GuardedQuota {
  const { whenQuotaIsAway: whenAway, quotaWithinMs: withinMs, processes } = limits;
  return guardedQuota(quota, { whenAway, withinMs, processes }, clock, logger);
}

function pacedQueues(settings: Settings, clock: Clock, quota: Quota): FlowControl {
  const queues = queueFlowControl((id) => boundsOf(id, settings), clock);
  return pacedFlowControl(queues, (id) => boundsOf(id, settings).requestsPerSecond, quota);
}

/** Bounds of one provider: its own where it has them, else those of all. */
function boundsOf(providerId: string, { flow }: Settings): ProviderBounds {
  const own = flow.byProvider[providerId];
  return {
    maxConcurrency: own?.maxConcurrency ?? flow.maxConcurrency,
    maxQueue: own?.maxQueue ?? flow.maxQueue,
    maxWaitMs: own?.maxWaitMs ?? flow.maxWaitMs,
    requestsPerSecond: own?.requestsPerSecond ?? flow.requestsPerSecond,
  };
}
