import type { AttemptLine, Ledger, LedgerFilter, MessageLine, StoredEntry } from 'nexusai-hub/ports';
import type { AttemptCursor } from './attempt-page.ts';
import type { ExpiredCursor } from './expired-page.ts';
import type { LedgerSteps } from './ledger-steps.ts';
import type { MessageCursor } from './message-page.ts';

/** A ledger from its steps: what is long is read page by page. */
export function ledgerOver(steps: LedgerSteps): Omit<Required<Ledger>, 'open' | 'close'> {
  return {
    append: (entries) => steps.append(entries),
    summary: (filter) => steps.summary(filter),
    usage: (query) => steps.usage(query),
    conversations: (query) => steps.conversations(query),
    conversation: (id, callerId, part) => steps.conversation(id, callerId, part),
    attempts: (filter) => attemptsOf(steps, filter),
    messages: (filter) => messagesOf(steps, filter),
    spentSince: (sinceMs) => steps.spentSince(sinceMs),
    runs: (mine) => steps.runs(mine),
    endRuns: (ids) => steps.endRuns(ids),
    expired: (beforeMs) => expiredOf(steps, beforeMs),
    // What was said need not go along to another thread to be removed.
    remove: (entries) => steps.remove(entries.map(({ entryId, conversation }) => ({ entryId, conversation }))),
    restore: (entries) => steps.restore(entries),
    claim: (claim) => steps.claim(claim),
  };
}

async function* attemptsOf(steps: LedgerSteps, filter: LedgerFilter): AsyncGenerator<AttemptLine, undefined> {
  let cursor: AttemptCursor | undefined;
  do {
    const { lines, next } = await steps.attemptPage(filter, cursor);
    yield* lines;
    cursor = next;
  } while (cursor);
  return undefined;
}

async function* messagesOf(steps: LedgerSteps, filter: LedgerFilter): AsyncGenerator<MessageLine, undefined> {
  let cursor: MessageCursor | undefined;
  do {
    const { messages, next } = await steps.messagePage(filter, cursor);
    yield* messages;
    cursor = next;
  } while (cursor);
  return undefined;
}

async function* expiredOf(steps: LedgerSteps, beforeMs: number): AsyncGenerator<StoredEntry, undefined> {
  let cursor: ExpiredCursor | undefined;
  do {
    const { entries, next } = await steps.expiredPage(beforeMs, cursor);
    yield* entries;
    cursor = next;
  } while (cursor);
  return undefined;
}
