import type {
  ConversationHistory,
  ConversationQuery,
  ConversationSummary,
  HistoryPart,
  LedgerEntry,
  LedgerFilter,
  LedgerPage,
  LedgerRun,
  LedgerSummary,
  StoredEntry,
  TaskClaim,
  UsageQuery,
  UsageRow,
} from 'nexusai-hub/ports';
import { append } from './append.ts';
import { type AttemptCursor, type AttemptPage, attemptPage } from './attempt-page.ts';
import { claimTask } from './claim-task.ts';
import { conversation, conversations, countConversations } from './conversations.ts';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';
import { type ExpiredCursor, type ExpiredPage, expiredPage } from './expired-page.ts';
import { type MessageCursor, type MessagePage, messagePage } from './message-page.ts';
import { removeEntries } from './remove-entries.ts';
import { restoreEntries } from './restore-entries.ts';
import { endRuns, runs } from './runs.ts';
import { spentSince, totals, usage } from './usage.ts';

/** What a ledger does, in steps that each are one question and one answer: they may be asked of another thread. */
export interface LedgerSteps {
  readonly append: (entries: readonly LedgerEntry[]) => Promise<void>;
  readonly summary: (filter: LedgerFilter) => Promise<LedgerSummary>;
  readonly usage: (query: UsageQuery) => Promise<readonly UsageRow[]>;
  readonly conversations: (query: ConversationQuery) => Promise<LedgerPage<ConversationSummary>>;
  readonly conversation: (id: string, callerId?: string, part?: HistoryPart) => Promise<readonly ConversationHistory[]>;
  readonly attemptPage: (filter: LedgerFilter, cursor?: AttemptCursor) => Promise<AttemptPage>;
  readonly messagePage: (filter: LedgerFilter, cursor?: MessageCursor) => Promise<MessagePage>;
  readonly spentSince: (sinceMs: number) => Promise<ReadonlyMap<string, number>>;
  readonly runs: (mine: LedgerRun) => Promise<readonly LedgerRun[]>;
  readonly endRuns: (ids: readonly string[]) => Promise<void>;
  readonly expiredPage: (beforeMs: number, cursor?: ExpiredCursor) => Promise<ExpiredPage>;
  readonly remove: (entries: readonly Pick<StoredEntry, 'entryId' | 'conversation'>[]) => Promise<void>;
  readonly restore: (entries: readonly StoredEntry[]) => Promise<number>;
  readonly claim: (claim: TaskClaim) => Promise<boolean>;
}

/** The steps of a ledger over a database whose tables are up to date. */
export function ledgerSteps(db: LedgerDatabase, dialect: SqlDialect): LedgerSteps {
  return {
    append: (entries) => append(db, dialect, entries),
    async summary(filter) {
      const sums = await totals(db, dialect, filter);
      return { conversations: await countConversations(db, dialect, filter), ...sums };
    },
    usage: (query) => usage(db, dialect, query),
    conversations: (query) => conversations(db, dialect, query),
    conversation: (id, callerId, part) => conversation(db, id, callerId, part),
    attemptPage: (filter, cursor) => attemptPage(db, filter, cursor),
    messagePage: (filter, cursor) => messagePage(db, filter, cursor),
    spentSince: (sinceMs) => spentSince(db, dialect, sinceMs),
    runs: (mine) => runs(db, mine),
    endRuns: (ids) => endRuns(db, ids),
    expiredPage: (beforeMs, cursor) => expiredPage(db, beforeMs, cursor),
    remove: (entries) => removeEntries(db, entries),
    restore: (entries) => restoreEntries(db, dialect, entries),
    claim: (claim) => claimTask(db, claim),
  };
}
