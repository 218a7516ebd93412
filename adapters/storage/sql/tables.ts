import type { AttemptReason, AuditEntry, AuditOutcome, Outcome, UsageProvenance } from 'nexusai-hub/ports';
import type { NexusErrorCode } from 'nexusai-hub/provider-kit';
import type { Generated } from 'kysely';

/** The tables of a database, as both databases have them. Times are Unix milliseconds, truth is 0 or 1. */
export interface LedgerTables {
  nexus_schema: SchemaTable;
  service_providers: ProviderTable;
  provider_models: ModelTable;
  config_epochs: EpochTable;
  secrets: SecretTable;
  personal_keys: PersonalKeyTable;
  personal_key_digests: PersonalKeyDigestTable;
  personal_key_changes: PersonalKeyChangeTable;
  audit_entries: AuditTable;
  audit_chain: AuditChainTable;
  conversations: ConversationTable;
  chat_stats: StatsTable;
  chat_messages: MessageTable;
  usage_rollups: RollupTable;
  ledger_tasks: TaskTable;
  ledger_runs: RunTable;
}

/** Migrations that were applied. */
interface SchemaTable {
  version: number;
  name: string;
  applied_at_ms: number;
}

/** Providers as they were configured at run time. */
interface ProviderTable {
  id: string;
  kind: string;
  name: string;
  /** JSON without secrets. */
  settings: string;
  /** JSON of the members that hold ids of secrets. */
  secrets: string | null;
  enabled: number;
  /** Grows with every change: who writes names the one that was read. */
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/** Models of providers as they were configured at run time. */
interface ModelTable {
  id: string;
  provider_id: string;
  /** The name callers use. */
  name: string;
  upstream_model: string | null;
  settings: string;
  enabled: number;
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/** Configurations, each as it was. */
interface EpochTable {
  number: number;
  at_ms: number;
  by_caller: string;
  note: string;
  /** JSON, with ids in place of secrets. */
  document: string;
  base: string;
}

/** Secrets, each sealed for its row. */
interface SecretTable {
  id: string;
  sealed: string;
}

interface PersonalKeyTable {
  id: string;
  version: number;
  /** All of it, as JSON, but for when it was last used. */
  document: string;
  last_used_at_ms: number | null;
}

interface PersonalKeyDigestTable {
  digest: string;
  key_id: string;
}

/** One row: one more with every change of any key. */
interface PersonalKeyChangeTable {
  id: number;
  number: number;
}

/** Who did what, in its order. */
interface AuditTable {
  sequence: number;
  id: string;
  at_ms: number;
  kind: AuditEntry['kind'];
  actor: string | null;
  role: string | null;
  action: string;
  target: string | null;
  outcome: AuditOutcome;
  status: number | null;
  code: string | null;
  request_id: string | null;
  address: string | null;
  duration_ms: number | null;
  details: string | null;
  previous_hash: string;
  hash: string;
}

/** One row: between what the chain of the audit log runs. Who appends has it locked. */
interface AuditChainTable {
  id: number;
  last_sequence: number;
  last_hash: string;
  checkpoint_sequence: number;
  checkpoint_hash: string;
}

interface ConversationTable extends TokenColumns {
  /** Numbers grow, so that what belongs to conversations of one time lies together in an index. */
  key: Generated<number>;
  id: string;
  /** Empty: nobody known. */
  caller_id: string;
  started_at_ms: number;
  last_at_ms: number;
  requests: number;
  messages: number;
  cost_nano_usd: number;
  /** Sorted JSON lists of names. */
  models: string;
  providers: string;
  preview: string | null;
}

/** A line for each attempt, and one for a request nobody was asked for. */
interface StatsTable {
  id: Generated<number>;
  entry_id: string;
  attempt: number;
  is_last: number;
  request_id: string;
  operation: string;
  caller_id: string | null;
  conversation_key: number | null;
  model: string;
  provider_id: string | null;
  provider_kind: string | null;
  upstream_model: string | null;
  key_id: string | null;
  reason: AttemptReason | null;
  streamed: number;
  started_at_ms: number;
  first_content_ms: number | null;
  duration_ms: number;
  outcome: Outcome;
  error: NexusErrorCode | null;
  prompt_tokens: number | null;
  cached_tokens: number | null;
  completion_tokens: number | null;
  reasoning_tokens: number | null;
  provenance: UsageProvenance;
  cost_nano_usd: number | null;
  saved_nano_usd: number | null;
  price_version: string | null;
  request_outcome: Outcome | null;
  request_duration_ms: number | null;
}

interface MessageTable {
  id: Generated<number>;
  entry_id: string;
  conversation_key: number;
  request_id: string;
  position: number;
  role: string;
  from_model: number;
  json: string;
  at_ms: number;
  /** The model name the caller used. */
  model: string;
  /** Who answered the request. */
  provider_id: string | null;
}

/** How much of time a row of `usage_rollups` is about; `caller-`: of one caller, else of all together. */
export type Grain = 'hour' | 'day' | 'month' | 'caller-hour' | 'caller-day' | 'caller-month';

/** Sums over the lines of a stretch of time that were of one model and provider. */
interface RollupTable extends UsageColumns {
  grain: Grain;
  start_ms: number;
  /** Empty: nobody known, or all together. */
  caller_id: string;
  model: string;
  /** Empty: nobody was asked. */
  provider_id: string;
  /** Histograms as text: see `histogram.ts`. */
  latency: string;
  first_content: string;
}

interface TokenColumns {
  prompt_tokens: number;
  cached_tokens: number;
  completion_tokens: number;
  reasoning_tokens: number;
}

/** What is summed up of lines. */
export interface UsageColumns extends TokenColumns {
  requests: number;
  attempts: number;
  ok: number;
  error: number;
  aborted: number;
  partial: number;
  unmeasured: number;
  cost_nano_usd: number;
  unpriced: number;
  cache_hits: number;
  saved_tokens: number;
  saved_nano_usd: number;
}

/** What one hub does for all that share the ledger. */
interface TaskTable {
  task: string;
  owner: string;
  /** Until then it is nobody else's. */
  until_ms: number;
}

/** Hubs that write to the ledger. */
interface RunTable {
  id: string;
  host: string;
  pid: number;
  started_at_ms: number;
  seen_at_ms: number;
}
