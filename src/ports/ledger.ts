import type { NexusErrorCode } from '../errors.ts';
import type { LedgerFilter, LedgerSummary, LedgerTokens, UsageQuery, UsageRow } from './ledger/sums.ts';
import type { AttemptReason, Outcome, RequestRecord, UsageProvenance } from './stats-sink.ts';

/** One message, as it is kept. */
export interface KeptMessage {
  /**
   * Its place in the conversation, from 0. A message at a place that is taken already goes on from there in another way:
   * an answer made anew, or a message that was edited.
   */
  readonly position: number;
  readonly role: string;
  /** Who brought it: a caller may bring words of a model, too. */
  readonly from: 'caller' | 'model';
  /** The whole message as JSON, as it was sent or as it was said. */
  readonly json: string;
}

/** All that one request leaves in a ledger. */
export interface LedgerEntry {
  /**
   * Made by the hub, unique for ever: an entry that comes a second time is the same one, and counts once. Ids that begin
   * with their time, and so grow, cost an index the least.
   */
  readonly id: string;
  readonly record: RequestRecord;
  /** What was said in it and not before: by the caller, and by the model. Empty where messages are not kept. */
  readonly messages: readonly KeptMessage[];
}

/** What is known of a conversation without its messages. */
export interface ConversationSummary {
  readonly id: string;
  /** Ids belong to their caller: another one's may be the same. */
  readonly callerId: string | null;
  /** When its first request began. */
  readonly startedAtMs: number;
  /** When its latest request began. */
  readonly lastAtMs: number;
  readonly requests: number;
  readonly messages: number;
  readonly tokens: LedgerTokens;
  readonly costNanoUsd: number;
  /** Names callers used. */
  readonly models: readonly string[];
  readonly providers: readonly string[];
  /** The beginning of what its caller said first. `null` where messages are not kept. */
  readonly preview: string | null;
}

/** Which conversations, those with the latest request first. */
export interface ConversationQuery extends LedgerFilter {
  /** Text in one of its messages, or the beginning of its id. */
  readonly search?: string | undefined;
  /**
   * Goes on after this one, the last of a page, as it was then: with those whose latest request is older, or as old and
   * behind it in an order of the ledger's own. It need not be there any more.
   */
  readonly after?: Pick<ConversationSummary, 'id' | 'callerId' | 'lastAtMs'> | undefined;
  /** At most 100. */
  readonly limit: number;
}

/** A part of a list. */
export interface LedgerPage<Item> {
  readonly data: readonly Item[];
  /** Whether more follow. */
  readonly hasMore: boolean;
}

/** A message of a conversation, as the ledger gives it back. */
export interface MessageLine extends KeptMessage {
  readonly conversationId: string;
  readonly callerId: string | null;
  readonly requestId: string;
  /** When its request began. */
  readonly atMs: number;
  /** The model name the caller used. */
  readonly model: string;
  /** Who said it. `null` for what callers said. */
  readonly providerId: string | null;
}

/** One attempt, or a request nobody was asked for: a line of the ledger. Of an answer out of the cache it names who made it. */
export interface AttemptLine {
  readonly entryId: string;
  /** The number of the attempt in its request, from 1; 0 where nobody was asked. */
  readonly attempt: number;
  /** The last line of its request: it carries how the request ended. */
  readonly isLast: boolean;
  readonly requestId: string;
  readonly operation: string;
  readonly callerId: string | null;
  readonly conversationId: string | null;
  /** The model name the caller used. */
  readonly model: string;
  readonly providerId: string | null;
  readonly providerKind: string | null;
  /** The name the provider knows. */
  readonly upstreamModel: string | null;
  /** Which of the provider's keys. `null` where it has one. */
  readonly keyId: string | null;
  readonly reason: AttemptReason | null;
  readonly streamed: boolean;
  /** When the attempt began, in Unix milliseconds. */
  readonly startedAtMs: number;
  readonly firstContentMs: number | null;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly error: NexusErrorCode | null;
  /** `null` is "not measured", never 0. */
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly provenance: UsageProvenance;
  readonly costNanoUsd: number | null;
  /** What an answer out of the cache (provenance `cached`) had cost when it was made. */
  readonly savedNanoUsd: number | null;
  readonly priceVersion: string | null;
  /** How the request ended, and after how many milliseconds; on its last line only. */
  readonly requestOutcome: Outcome | null;
  readonly requestDurationMs: number | null;
}

/** Which messages of a conversation: it may be longer than anybody should hold. */
export interface HistoryPart {
  /** Leaves out so many from its beginning. @default 0 */
  readonly skip?: number | undefined;
  /** So many messages, and attempts, at most. @default 10000 */
  readonly limit?: number | undefined;
  /** What the messages may weigh together, unless one weighs more by itself. @default 8388608 (8 MiB) */
  readonly maxBytes?: number | undefined;
}

/** A conversation with what was said in it, in the order in which it was. */
export interface ConversationHistory extends ConversationSummary {
  /** Whether more was said than is here: go on behind these. Absent: it was not. */
  readonly hasMore?: boolean;
  readonly messageLines: readonly MessageLine[];
  readonly attemptLines: readonly AttemptLine[];
}

/** A hub that writes to a ledger, from its start to its end. */
export interface LedgerRun {
  /** Unique for ever. */
  readonly id: string;
  /** The machine, and the process on it. */
  readonly host: string;
  readonly pid: number;
  readonly startedAtMs: number;
  /** When it last said that it runs. */
  readonly seenAtMs: number;
}

/** An entry as it lies in a ledger, to be taken out of it and put back. */
export interface StoredEntry {
  readonly entryId: string;
  /** When the latest request of its conversation began; where it has none, when its own first attempt did. */
  readonly idleSinceMs: number;
  /** What cannot be told from its entries. `null`: it belongs to none. */
  readonly conversation: Pick<ConversationSummary, 'id' | 'callerId' | 'startedAtMs' | 'lastAtMs' | 'preview'> | null;
  /** In their order. */
  readonly attemptLines: readonly AttemptLine[];
  readonly messageLines: readonly MessageLine[];
}

/** Some work that one of several hubs shall do for all that share a ledger. */
export interface TaskClaim {
  readonly task: string;
  /** Who claims it: an id of its own. */
  readonly owner: string;
  readonly nowMs: number;
  /** Until then it is nobody else's. */
  readonly untilMs: number;
}

/**
 * Where what was said and what it cost is kept for good.
 *
 * It is the bare thing: the hub brings the discipline. It queues, writes many entries at a time, tries again while the
 * ledger is away, and never lets a request wait or fail for it, save where its owner wants answers to be acknowledged.
 * Every verb may reject.
 */
export interface Ledger {
  /** Gets ready now, and says what is wrong: a folder without rights. Absent or not called: the first verb does it. */
  open?(): Promise<void>;
  /**
   * Writes entries, all of them or none. Durable when it resolves. Entries that are known already are left as they are:
   * the hub writes again what it does not know to have been written.
   */
  append(entries: readonly LedgerEntry[]): Promise<void>;
  /** Sums over a part of it. */
  summary(filter: LedgerFilter): Promise<LedgerSummary>;
  /** Sums by group, sorted by the groups in their order, `null` first. It sums what was summed as it was written: docs/statistics.md tells how long a year takes. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>;
  conversations(query: ConversationQuery): Promise<LedgerPage<ConversationSummary>>;
  /**
   * Conversations of this id with what was said in them: one, or several of different callers. None: `[]`.
   * @param callerId only this caller's.
   * @param part of each of them; what they may weigh is shared by all.
   */
  conversation(id: string, callerId?: string, part?: HistoryPart): Promise<readonly ConversationHistory[]>;
  /** Every line of a part, in the order of time, without holding more than a few in memory. */
  attempts(filter: LedgerFilter): AsyncIterable<AttemptLine>;
  /** Every message of a part, by conversation and in the order in which they were said, likewise. */
  messages(filter: LedgerFilter): AsyncIterable<MessageLine>;
  /** What each caller's answers cost since then, in nano-dollars: what was priced. */
  spentSince(sinceMs: number): Promise<ReadonlyMap<string, number>>;
  /**
   * Keeps that a hub runs, or that it still does (by its id), and gives back every run that has not ended, this one among
   * them. By this a hub finds out which ones before it came to a sudden end. Absent: nobody can tell.
   */
  runs?(mine: LedgerRun): Promise<readonly LedgerRun[]>;
  /** These runs have ended, and are kept no longer. Unknown ids are nothing to it. */
  endRuns?(ids: readonly string[]): Promise<void>;
  /**
   * Every entry of conversations whose latest request began before then, and of no conversation and before then itself:
   * those that are idle for longest first, the entries of a conversation behind each other, without holding more than a
   * few in memory. Those that were read may be removed meanwhile.
   */
  expired?(beforeMs: number): AsyncIterable<StoredEntry>;
  /**
   * Takes entries out, all or none of them; those that are gone already count as taken out. A conversation goes with its
   * last entry. Sums by hour, day and month stay as they are: what was used is used.
   */
  remove?(entries: readonly Pick<StoredEntry, 'entryId' | 'conversation'>[]): Promise<void>;
  /**
   * Puts entries back that were taken out, all or none of them, and leaves those as they are that are there. No sum by
   * hour, day and month changes. Resolves with how many were put back.
   */
  restore?(entries: readonly StoredEntry[]): Promise<number>;
  /**
   * Whether this is now the owner's task: nobody else's, or over. The owner of a task claims it again to keep it for
   * longer, or to give it back sooner. Absent: each hub does everything by itself.
   */
  claim?(claim: TaskClaim): Promise<boolean>;
  /** Writes out what is left and gives back what it holds. */
  close?(): void | Promise<void>;
}
