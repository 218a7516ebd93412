import type { AttemptLine, KeptMessage, LedgerEntry, RequestRecord } from '../../ports/index.ts';
import { answeringPlace } from '../../storage-kit/answering-attempt.ts';
import { linesOf } from '../../storage-kit/lines-of.ts';
import { previewOf } from '../../storage-kit/message-text.ts';

/** What is kept of an entry. */
export interface KeptEntry {
  readonly id: string;
  readonly requestId: string;
  readonly callerId: string | null;
  readonly conversationId: string | null;
  /** One text for a conversation and its caller. */
  readonly conversation: string | undefined;
  /** The model name the caller used. */
  readonly model: string;
  /** When its request began. */
  readonly atMs: number;
  /** Who answered it, or had made the answer that was kept; where nobody did, who was asked last. */
  readonly providerId: string | null;
  readonly lines: readonly AttemptLine[];
  readonly messages: readonly KeptMessage[];
  readonly bytes: number;
}

/** What is kept of a conversation: one entry at least, in the order in which they were made. */
export interface KeptConversation {
  readonly entries: readonly KeptEntry[];
  /** The beginning of what its caller said first, also where that is gone. */
  readonly preview: string | null;
}

/** What an entry takes beside its messages, about. */
const BYTES_OF_LINE = 600;

/** Entries in the order in which they came, as many as there is room for: the oldest make room for new ones. */
export class KeptEntries {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #byId = new Map<string, KeptEntry>();
  readonly #conversations = new Map<string, { entries: KeptEntry[]; preview: string | null }>();
  #entries: KeptEntry[] = [];
  /** Entries before this place are gone: they are cut off many at a time. */
  #first = 0;
  #bytes = 0;
  /** Entries that made room for others. */
  forgotten = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** Takes in all of them, or throws before the first. Messages that no room could hold are left out. */
  add(entries: readonly LedgerEntry[]): void {
    for (const entry of entries.map(keptOf)) if (!this.#byId.has(entry.id)) this.#add(entry);
  }

  /** All of them, the oldest first. */
  all(): KeptEntry[] {
    return this.#entries.slice(this.#first);
  }

  conversations(): KeptConversation[] {
    return [...this.#conversations.values()].map(({ entries, preview }) => ({
      entries: entries.toSorted((one, other) => one.atMs - other.atMs),
      preview,
    }));
  }

  #add(came: KeptEntry): void {
    const entry = came.bytes > this.#maxBytes ? { ...came, messages: [], bytes: 0 } : came;
    this.#byId.set(entry.id, entry);
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    this.#addToConversation(entry);
    while (this.#byId.size > this.#maxEntries || this.#bytes > this.#maxBytes) this.#forgetOldest();
  }

  #addToConversation(entry: KeptEntry): void {
    const { conversation: name } = entry;
    if (name === undefined) return;
    let conversation = this.#conversations.get(name);
    if (!conversation) this.#conversations.set(name, (conversation = { entries: [], preview: null }));
    conversation.entries.push(entry);
    conversation.preview ??= previewOf(entry.messages);
  }

  #forgetOldest(): void {
    const oldest = this.#entries[this.#first];
    if (!oldest) return;
    this.#first++;
    if (this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    this.#byId.delete(oldest.id);
    this.#bytes -= oldest.bytes;
    this.forgotten++;
    const { conversation: name } = oldest;
    if (name === undefined) return;
    const conversation = this.#conversations.get(name);
    conversation?.entries.shift();
    if (conversation?.entries.length === 0) this.#conversations.delete(name);
  }
}

function nameOf({ conversationId: id, callerId }: RequestRecord): string | undefined {
  if (id === undefined) return undefined;
  return `${id.length}:${id}${callerId === undefined ? '' : `=${callerId}`}`;
}

function keptOf(entry: LedgerEntry): KeptEntry {
  const { id, record, messages } = entry;
  const lines = linesOf(entry);
  const bytes = messages.reduce((sum, { json }) => sum + 2 * json.length, lines.length * BYTES_OF_LINE);
  return {
    id,
    requestId: record.requestId,
    callerId: record.callerId ?? null,
    conversationId: record.conversationId ?? null,
    conversation: nameOf(record),
    model: record.model,
    atMs: Math.round(record.startedAtMs),
    providerId: (record.attempts[answeringPlace(record.attempts)] ?? record.cached)?.providerId ?? null,
    lines,
    messages: [...messages],
    bytes,
  };
}
