/** The interfaces the hub stands on. A custom part is a value that fits one of them. */
export type {
  AuditEntry,
  AuditHead,
  AuditLink,
  AuditLog,
  AuditOutcome,
  AuditPage,
  AuditQuery,
  LinkedAuditEntry,
} from './audit-log.ts';
export type { AnswerCache, CacheKey } from './answer-cache.ts';
export type { Authenticator, Caller, Credentials } from './authenticator.ts';
export type { BackupContext, BackupFacts, DatabaseBackup, RestoreOptions, RestoreReport } from './backup.ts';
export type { AttemptObserver, Balancer, BalanceHints } from './balancer.ts';
export type { CircuitBreaker, CircuitReport, CircuitState, OpenReason, Ticket } from './circuit-breaker.ts';
export type { Clock, Timer } from './clock.ts';
export type { ConfigStore, EpochSummary, StoredEpoch, StoredJson } from './config-store.ts';
export type { Database } from './database.ts';
export type { FlowControl, Slot, Waiting } from './flow-control.ts';
export type {
  ForwardAnswer,
  ForwardFacts,
  ForwardOperation,
  ForwardPiece,
  ForwardRequest,
  ForwardStream,
} from './forward.ts';
export type { KeyStore, StoredKey, StoredSecret } from './key-store.ts';
export type {
  AttemptLine,
  ConversationHistory,
  ConversationQuery,
  ConversationSummary,
  HistoryPart,
  KeptMessage,
  Ledger,
  LedgerEntry,
  LedgerPage,
  LedgerRun,
  MessageLine,
  StoredEntry,
  TaskClaim,
} from './ledger.ts';
export type {
  LedgerFilter,
  LedgerSummary,
  LedgerTokens,
  LedgerTotals,
  Percentiles,
  UsageGroup,
  UsageQuery,
  UsageRow,
} from './ledger/sums.ts';
export type { Estimate, Lease, Limiter, LimitState, Settlement, Spent } from './limiter.ts';
export type { LiveCounters, LiveCounts, LiveLoad, LiveReport, LiveTotals, SeenSession } from './live-counters.ts';
export type { Logger } from './logger.ts';
export type { NonceStore } from './nonce-store.ts';
export type { Price, Priced, PriceTable, Rates, RatesAbove } from './price-table.ts';
export type { ChunkStream, ModelInfo, Provider, ProviderContext } from './provider.ts';
export type { Bound, BudgetBound, Level, Quota, RateBound, Refusal, Reservation, SlotsBound } from './quota.ts';
export type { Fallback, FallbackCause, Operation, RequestFacts, Router, Target } from './router.ts';
export type {
  SaidMessages,
  SessionAsk,
  SessionFound,
  SessionHistory,
  SessionName,
  SessionStore,
  SessionTurn,
  TurnFacts,
} from './session-store.ts';
export type { MatchedBy, Session, SessionAnswer, SessionClues, SessionTracker } from './session-tracker.ts';
export type {
  AttemptReason,
  AttemptRecord,
  CachedFrom,
  Candidate,
  Outcome,
  RequestRecord,
  StatsSink,
  UsageProvenance,
} from './stats-sink.ts';
export type { SealedSecret, SecretStore } from './secret-store.ts';
export type { Store, StoreEntry } from './store.ts';
export type { TokenCount, TokenCounter } from './token-counter.ts';
export type * from '../openai/types.ts';
