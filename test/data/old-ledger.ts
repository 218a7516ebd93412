import type { Ledger, StoredEntry } from 'nexusai-hub/ports';

/** An entry of one attempt and two messages, of a conversation of this id. */
export function entryAt(idleSinceMs: number, number: number, conversationId = `c${number}`): StoredEntry {
  const base = { callerId: 'app', conversationId, requestId: `r${number}`, model: 'm' };
  const attempt = { ...base, entryId: `e${number}`, attempt: 1, isLast: true, startedAtMs: idleSinceMs };
  const ended = { providerId: 'p', durationMs: 5, outcome: 'ok', requestOutcome: 'ok', requestDurationMs: 5 };
  const said = (position: number, from: string, text: string): object => ({
    ...base,
    position,
    role: from === 'model' ? 'assistant' : 'user',
    from,
    json: JSON.stringify({ content: text }),
    atMs: idleSinceMs,
    providerId: from === 'model' ? 'p' : null,
  });
  return {
    entryId: `e${number}`,
    idleSinceMs,
    conversation: { id: conversationId, callerId: 'app', startedAtMs: idleSinceMs, lastAtMs: idleSinceMs, preview: 'x' },
    attemptLines: [{ ...attempt, ...ended }] as never,
    // Other ends of lines than ours, and characters of several bytes.
    messageLines: [said(0, 'caller', `你好\u2028${number}\r\n`), said(1, 'model', '👋\u2029')] as never,
  };
}

type Verbs = Omit<Ledger, 'expired' | 'remove' | 'restore' | 'claim'>;

/** A ledger of old entries, and what was done to it. */
export interface OldLedger extends Required<Pick<Ledger, 'expired' | 'remove' | 'restore' | 'claim'>>, Verbs {
  readonly entries: Map<string, StoredEntry>;
  /** How many entries each removal took. */
  readonly removals: number[];
  /** Called before each removal; what it throws is what the removal rejects with. */
  onRemove: () => void;
  /** Who may have the task of the moment. */
  mayClaim: boolean;
}

/** Keeps entries in memory, as far as archives need it. */
export function oldLedger(entries: readonly StoredEntry[]): OldLedger {
  const kept = new Map(entries.map((entry) => [entry.entryId, entry]));
  const none = (): never => {
    throw new Error('Nobody asks this here.');
  };
  return {
    ...{ append: none, summary: none, usage: none, conversations: none, conversation: none },
    ...{ attempts: none, messages: none, spentSince: none },
    entries: kept,
    removals: [],
    onRemove: () => undefined,
    mayClaim: true,
    async *expired(beforeMs) {
      const old = [...kept.values()].filter(({ idleSinceMs }) => idleSinceMs < beforeMs);
      yield* old.sort((one, other) => one.idleSinceMs - other.idleSinceMs);
    },
    async remove(gone) {
      this.onRemove();
      this.removals.push(gone.length);
      for (const { entryId } of gone) kept.delete(entryId);
    },
    async restore(back) {
      const fresh = back.filter(({ entryId }) => !kept.has(entryId));
      for (const entry of fresh) kept.set(entry.entryId, entry);
      return fresh.length;
    },
    async claim() {
      return this.mayClaim;
    },
  };
}
