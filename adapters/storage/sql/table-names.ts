import type { LedgerTables } from './tables.ts';

const TABLES: Readonly<Record<keyof LedgerTables, true>> = {
  nexus_schema: true,
  service_providers: true,
  provider_models: true,
  config_epochs: true,
  secrets: true,
  personal_keys: true,
  personal_key_digests: true,
  personal_key_changes: true,
  audit_entries: true,
  audit_chain: true,
  conversations: true,
  chat_stats: true,
  chat_messages: true,
  usage_rollups: true,
  ledger_tasks: true,
  ledger_runs: true,
};

/** Tables that are ours. A database may have others, which are none of our business. */
export const TABLE_NAMES: readonly string[] = Object.keys(TABLES);
