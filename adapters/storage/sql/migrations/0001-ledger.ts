import { type CreateTableBuilder, sql } from 'kysely';
import type { LedgerTransaction, SqlDialect } from '../dialect.ts';
import { USAGE_SUMS } from 'nexusai-hub/storage-kit';

/** The tables of the ledger, and those of providers and models that are configured at run time. */
export async function createLedger(db: LedgerTransaction, dialect: SqlDialect): Promise<void> {
  await createConfiguration(db);
  await createConversations(db, dialect);
  await createStats(db, dialect);
  await createMessages(db, dialect);
  await createRollups(db, dialect);
  await db.schema
    .createTable('ledger_runs')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('host', 'text', notNull)
    .addColumn('pid', 'integer', notNull)
    .addColumn('started_at_ms', 'bigint', notNull)
    .addColumn('seen_at_ms', 'bigint', notNull)
    .execute();
  await db.schema
    .createTable('ledger_tasks')
    .addColumn('task', 'text', (column) => column.primaryKey().notNull())
    .addColumn('owner', 'text', notNull)
    .addColumn('until_ms', 'bigint', notNull)
    .execute();
}

async function createConfiguration(db: LedgerTransaction): Promise<void> {
  await db.schema
    .createTable('service_providers')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('kind', 'text', notNull)
    .addColumn('name', 'text', notNull)
    .addColumn('settings', 'text', notNull)
    .addColumn('secrets', 'text')
    .$call(changes)
    .execute();
  await db.schema
    .createTable('provider_models')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('provider_id', 'text', (column) =>
      column.notNull().references('service_providers.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', notNull)
    .addColumn('upstream_model', 'text')
    .addColumn('settings', 'text', notNull)
    .$call(changes)
    .addUniqueConstraint('provider_models_names', ['provider_id', 'name'])
    .execute();
}

async function createConversations(db: LedgerTransaction, dialect: SqlDialect): Promise<void> {
  await db.schema
    .createTable('conversations')
    .addColumn('key', dialect.keyType, (column) => dialect.numbered(column))
    .addColumn('id', dialect.ordered, notNull)
    .addColumn('caller_id', dialect.ordered, notNull)
    .addColumn('started_at_ms', 'bigint', notNull)
    .addColumn('last_at_ms', 'bigint', notNull)
    .$call(numbers('requests', 'messages'))
    .$call(numbers('prompt_tokens', 'cached_tokens', 'completion_tokens', 'reasoning_tokens', 'cost_nano_usd'))
    .addColumn('models', 'text', notNull)
    .addColumn('providers', 'text', notNull)
    .addColumn('preview', 'text')
    .addUniqueConstraint('conversations_ids', ['id', 'caller_id'])
    .execute();
  await db.schema.createIndex('conversations_by_last').on('conversations').column('last_at_ms').execute();
  await db.schema.createIndex('conversations_by_start').on('conversations').columns(['started_at_ms', 'key']).execute();
  // With its beginning in it, those of a caller in a range are counted without a look at any of them.
  await db.schema
    .createIndex('conversations_by_caller')
    .on('conversations')
    .columns(['caller_id', 'last_at_ms', 'started_at_ms'])
    .execute();
}

async function createStats(db: LedgerTransaction, dialect: SqlDialect): Promise<void> {
  await db.schema
    .createTable('chat_stats')
    .addColumn('id', dialect.keyType, (column) => dialect.numbered(column))
    .addColumn('entry_id', 'text', notNull)
    .addColumn('attempt', 'integer', notNull)
    .addColumn('is_last', 'smallint', notNull)
    .addColumn('request_id', 'text', notNull)
    .addColumn('operation', 'text', notNull)
    .addColumn('caller_id', 'text')
    .addColumn('conversation_key', 'bigint')
    .addColumn('model', 'text', notNull)
    .addColumn('provider_id', 'text')
    .addColumn('provider_kind', 'text')
    .addColumn('upstream_model', 'text')
    .addColumn('key_id', 'text')
    .addColumn('reason', 'text')
    .addColumn('streamed', 'smallint', notNull)
    .addColumn('started_at_ms', 'bigint', notNull)
    .addColumn('first_content_ms', 'double precision')
    .addColumn('duration_ms', 'double precision', notNull)
    .addColumn('outcome', 'text', notNull)
    .addColumn('error', 'text')
    .addColumn('prompt_tokens', 'bigint')
    .addColumn('cached_tokens', 'bigint')
    .addColumn('completion_tokens', 'bigint')
    .addColumn('reasoning_tokens', 'bigint')
    .addColumn('provenance', 'text', notNull)
    .addColumn('cost_nano_usd', 'bigint')
    .addColumn('saved_nano_usd', 'bigint')
    .addColumn('price_version', 'text')
    .addColumn('request_outcome', 'text')
    .addColumn('request_duration_ms', 'double precision')
    .addUniqueConstraint('chat_stats_entries', ['entry_id', 'attempt'])
    .execute();
  await db.schema.createIndex('chat_stats_by_time').on('chat_stats').columns(['started_at_ms', 'id']).execute();
  await db.schema
    .createIndex('chat_stats_by_conversation')
    .on('chat_stats')
    .columns(['conversation_key', 'started_at_ms'])
    .where(sql.ref('conversation_key'), 'is not', null)
    .execute();
  // Old ones are looked for, and few have none.
  await db.schema
    .createIndex('chat_stats_without_conversation')
    .on('chat_stats')
    .columns(['started_at_ms', 'id'])
    .where(sql.ref('conversation_key'), 'is', null)
    .execute();
}

async function createMessages(db: LedgerTransaction, dialect: SqlDialect): Promise<void> {
  await db.schema
    .createTable('chat_messages')
    .addColumn('id', dialect.keyType, (column) => dialect.numbered(column))
    .addColumn('entry_id', 'text', notNull)
    .addColumn('conversation_key', 'bigint', notNull)
    .addColumn('request_id', 'text', notNull)
    .addColumn('position', 'integer', notNull)
    .addColumn('role', 'text', notNull)
    .addColumn('from_model', 'smallint', notNull)
    .addColumn('json', 'text', notNull)
    .addColumn('at_ms', 'bigint', notNull)
    .addColumn('model', 'text', notNull)
    .addColumn('provider_id', 'text')
    .execute();
  await db.schema
    .createIndex('chat_messages_by_conversation')
    .on('chat_messages')
    .columns(['conversation_key', 'at_ms', 'id'])
    .execute();
}

async function createRollups(db: LedgerTransaction, dialect: SqlDialect): Promise<void> {
  const key = ['grain', 'start_ms', 'caller_id', 'model', 'provider_id'] as const;
  await db.schema
    .createTable('usage_rollups')
    .addColumn('grain', 'text', notNull)
    .addColumn('start_ms', 'bigint', notNull)
    .addColumn('caller_id', 'text', notNull)
    .addColumn('model', 'text', notNull)
    .addColumn('provider_id', 'text', notNull)
    .$call(numbers(...USAGE_SUMS))
    .addColumn('latency', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('first_content', 'text', (column) => column.notNull().defaultTo(''))
    .addPrimaryKeyConstraint('usage_rollups_key', [...key])
    .modifyEnd(dialect.clustered)
    .execute();
}

type Table = CreateTableBuilder<string, string>;

/** When it was made and changed, and how often. */
function changes(table: Table): Table {
  return table
    .addColumn('enabled', 'smallint', (column) => column.notNull().defaultTo(1))
    .addColumn('version', 'bigint', (column) => column.notNull().defaultTo(1))
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('updated_at_ms', 'bigint', notNull);
}

function numbers(...names: readonly string[]): (table: Table) => Table {
  return (table) =>
    names.reduce((grown, name) => grown.addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0)), table);
}

const notNull: Parameters<Table['addColumn']>[2] = (column) => column.notNull();
