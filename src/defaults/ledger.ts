import type { AttemptLine, ConversationQuery, ConversationSummary, Ledger, LedgerPage } from '../ports/index.ts';
import { isSaid } from '../storage-kit/message-text.ts';
import { UsageSums } from '../storage-kit/usage-sums.ts';
import { historiesOf, messageLinesOf, placeOf, summaryOf } from './ledger/conversation-of.ts';
import { areMessagesIn, isConversationIn, isLineIn } from './ledger/in-part.ts';
import type { KeptConversation } from './ledger/kept-entries.ts';
import { KeptEntries } from './ledger/kept-entries.ts';
import { usageOf } from './ledger/usage-of.ts';

/** How much a ledger in memory keeps. */
export interface MemoryLedgerOptions {
  /** Requests. @default 10000 */
  readonly maxEntries?: number;
  /** What they and their messages take, about. @default 67108864 (64 MiB) */
  readonly maxBytes?: number;
}

/** A ledger in memory: what is over its bounds goes, the oldest first. */
export interface MemoryLedger extends Ledger {
  /** Requests that went since it was made. They are in no sum any more. */
  forgotten(): number;
}

/** Characters after whose search others get a turn. */
const LONG_MESSAGE = 64 * 1024;

/**
 * Keeps the latest requests in the memory of this process. Nothing survives a restart; what is to be billed by, or kept,
 * belongs into a database.
 * @throws TypeError for bounds that are none.
 */
export function memoryLedger(options: MemoryLedgerOptions = {}): MemoryLedger {
  return ledgerOf(keptEntries(options));
}

/** What a ledger in memory keeps, for who puts it there without waiting. */
export function keptEntries({
  maxEntries = 10_000,
  maxBytes = 64 * 1024 * 1024,
}: MemoryLedgerOptions = {}): KeptEntries {
  checkBound('maxEntries', maxEntries);
  checkBound('maxBytes', maxBytes);
  return new KeptEntries(maxEntries, maxBytes);
}

/** The ledger of what is kept. */
export function ledgerOf(kept: KeptEntries): MemoryLedger {
  const lines = (): AttemptLine[] => kept.all().flatMap((entry) => entry.lines);
  return {
    append: async (entries) => kept.add(entries),
    async summary(filter) {
      const sums = new UsageSums();
      for (const line of lines()) if (isLineIn(line, filter)) sums.add(line);
      return {
        ...sums.totals(),
        conversations: kept.conversations().filter((conversation) => isConversationIn(conversation, filter)).length,
      };
    },
    usage: async ({ groupBy, ...filter }) =>
      usageOf(
        lines().filter((line) => isLineIn(line, filter)),
        groupBy,
      ),
    conversations: (query) => pageOf(kept.conversations(), query),
    conversation: async (id, callerId, part) =>
      historiesOf(
        kept.conversations().filter((conversation) => isMeant(placeOf(conversation), id, callerId)),
        part,
      ),
    async *attempts(filter) {
      yield* lines()
        .filter((line) => isLineIn(line, filter))
        .sort((one, other) => one.startedAtMs - other.startedAtMs);
    },
    async *messages(filter) {
      for (const { entries } of kept.conversations())
        for (const entry of entries) if (areMessagesIn(entry, filter)) yield* messageLinesOf(entry);
    },
    async spentSince(sinceMs) {
      const spent = new Map<string, number>();
      for (const { callerId, costNanoUsd, startedAtMs } of lines())
        if (startedAtMs >= sinceMs && callerId !== null && costNanoUsd !== null)
          spent.set(callerId, (spent.get(callerId) ?? 0) + costNanoUsd);
      return spent;
    },
    forgotten: () => kept.forgotten,
  };
}

async function pageOf(
  conversations: readonly KeptConversation[],
  { search, after, limit, ...filter }: ConversationQuery,
): Promise<LedgerPage<ConversationSummary>> {
  const inOrder = conversations
    .filter((conversation) => isConversationIn(conversation, filter))
    .map((conversation) => ({ conversation, place: placeOf(conversation) }))
    .filter(({ place }) => !after || compare(place, after) > 0)
    .sort((one, other) => compare(one.place, other.place));
  const data: ConversationSummary[] = [];
  for (const { conversation, place } of inOrder) {
    if (search !== undefined && !place.id.startsWith(search) && !(await isFound(conversation, search))) continue;
    if (data.length === limit) return { data, hasMore: true };
    data.push(summaryOf(conversation));
  }
  return { data, hasMore: false };
}

/** Whether a text is said in it. Others get a turn between messages. */
async function isFound({ entries }: KeptConversation, search: string): Promise<boolean> {
  for (const { messages } of entries)
    for (const { json } of messages) {
      if (isSaid(json, search)) return true;
      if (json.length > LONG_MESSAGE) await new Promise(setImmediate);
    }
  await new Promise(setImmediate);
  return false;
}

function isMeant(place: ReturnType<typeof placeOf>, id: string, callerId: string | undefined): boolean {
  return place.id === id && (callerId === undefined || place.callerId === callerId);
}

/** Those with the latest request first. */
function compare(
  one: Pick<ConversationSummary, 'id' | 'callerId' | 'lastAtMs'>,
  other: Pick<ConversationSummary, 'id' | 'callerId' | 'lastAtMs'>,
): number {
  if (one.lastAtMs !== other.lastAtMs) return other.lastAtMs - one.lastAtMs;
  return compareText(one.id, other.id) || compareText(one.callerId ?? '', other.callerId ?? '');
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function checkBound(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new TypeError(`memoryLedger: ${name} must be a whole number over 0, not ${String(value)}.`);
}
