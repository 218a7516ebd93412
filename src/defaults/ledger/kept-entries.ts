import type { AttemptLine, KeptMessage, LedgerEntry, RequestRecord } from '../../ports/index.ts';
import { answeringPlace } from '../../storage-kit/answering-attempt.ts';
import { linesOf } from '../../storage-kit/lines-of.ts';
import { previewOf } from '../../storage-kit/message-text.ts';

/** An entry that is kept. Most are never read: what they say is put into lines when somebody asks. */
export class KeptEntry {
  readonly id: string;
  /** One text for a conversation and its caller. */
  readonly conversation: string | undefined;
  readonly messages: readonly KeptMessage[];
  readonly bytes: number;
  readonly #entry: LedgerEntry;

  /** @param mostBytes whose messages take more is kept without them. */
  constructor(entry: LedgerEntry, mostBytes: number) {
    const { id, record, messages } = entry;
    const ownBytes = BYTES_OF_LINE * Math.max(1, record.attempts.length);
    const bytes = messages.reduce((sum, { json }) => sum + 2 * json.length, ownBytes);
    const hasRoom = bytes <= mostBytes;
    this.id = id;
    this.conversation = nameOf(record);
    this.messages = hasRoom && messages.length > 0 ? [...messages] : NO_MESSAGES;
    this.bytes = hasRoom ? bytes : 0;
    this.#entry = entry;
  }

  get requestId(): string {
    return this.#entry.record.requestId;
  }

  get callerId(): string | null {
    return this.#entry.record.callerId ?? null;
  }

  get conversationId(): string | null {
    return this.#entry.record.conversationId ?? null;
  }

  /** The model name the caller used. */
  get model(): string {
    return this.#entry.record.model;
  }

  /** When its request began. */
  get atMs(): number {
    return Math.round(this.#entry.record.startedAtMs);
  }

  /** Who answered it, or had made the answer that was kept; where nobody did, who was asked last. */
  get providerId(): string | null {
    const { attempts, cached } = this.#entry.record;
    return (attempts[answeringPlace(attempts)] ?? cached)?.providerId ?? null;
  }

  get lines(): readonly AttemptLine[] {
    return linesOf(this.#entry);
  }
}

/** What is kept of a conversation: one entry at least, in the order in which they were made. */
export interface KeptConversation {
  readonly entries: readonly KeptEntry[];
  /** The beginning of what its caller said first, also where that is gone. */
  readonly preview: string | null;
}

/** What an entry takes beside its messages, about. */
const BYTES_OF_LINE = 600;
const NO_MESSAGES: readonly KeptMessage[] = [];

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
    const kept = entries.map((entry) => new KeptEntry(entry, this.#maxBytes));
    for (const entry of kept) if (!this.#byId.has(entry.id)) this.#add(entry);
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

  #add(entry: KeptEntry): void {
    this.#byId.set(entry.id, entry);
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    this.#addToConversation(entry);
    while (this.#byId.size > this.#maxEntries || this.#bytes > this.#maxBytes) this.#forgetOldest();
  }

  #addToConversation(entry: KeptEntry): void {
    const { conversation: name } = entry;
    if (name === undefined) return;
    const conversation = this.#conversations.get(name);
    if (!conversation) {
      this.#conversations.set(name, { entries: [entry], preview: previewOf(entry.messages) });
      return;
    }
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
