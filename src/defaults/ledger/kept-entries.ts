import type { AttemptLine, KeptMessage, LedgerEntry, RequestRecord } from '../../ports/index.ts';
import { answeringPlace } from '../../storage-kit/answering-attempt.ts';
import { linesOf } from '../../storage-kit/lines-of.ts';
import { previewOf } from '../../storage-kit/message-text.ts';
import { GrowingIds } from '../growing-ids.ts';

/** What an entry takes beside its messages, about. */
const BYTES_OF_LINE = 600;
const NO_MESSAGES: readonly KeptMessage[] = [];

/** An entry that is kept. Most are never read: what they say is put into lines when somebody asks. */
export class KeptEntry {
  readonly id: string;
  readonly messages: readonly KeptMessage[];
  readonly bytes: number;
  /** Whether the next one of its conversation finds it. */
  isLinked = false;
  /** The one that came next of its conversation. */
  next: KeptEntry | undefined;
  readonly #record: RequestRecord;
  /** `undefined`: nobody has asked yet. */
  #preview: string | null | undefined;

  /** @param mostBytes whose messages take more is kept without them. */
  constructor({ id, record, messages }: LedgerEntry, mostBytes: number) {
    let bytes = BYTES_OF_LINE * Math.max(1, record.attempts.length);
    for (const { json } of messages) bytes += 2 * json.length;
    const hasRoom = bytes <= mostBytes;
    this.id = id;
    this.messages = hasRoom && messages.length > 0 ? [...messages] : NO_MESSAGES;
    this.bytes = hasRoom ? bytes : 0;
    this.#record = record;
  }

  get requestId(): string {
    return this.#record.requestId;
  }

  get callerId(): string | null {
    return this.#record.callerId ?? null;
  }

  get conversationId(): string | null {
    return this.#record.conversationId ?? null;
  }

  /** The model name the caller used. */
  get model(): string {
    return this.#record.model;
  }

  /** When its request began. */
  get atMs(): number {
    return Math.round(this.#record.startedAtMs);
  }

  /** Who answered it, or had made the answer that was kept; where nobody did, who was asked last. */
  get providerId(): string | null {
    const { attempts, cached } = this.#record;
    return (attempts[answeringPlace(attempts)] ?? cached)?.providerId ?? null;
  }

  get lines(): readonly AttemptLine[] {
    return linesOf({ id: this.id, record: this.#record, messages: this.messages });
  }

  /** The beginning of what was said first in it, or in those of its conversation that are gone. */
  get preview(): string | null {
    if (this.#preview === undefined) this.#preview = previewOf(this.messages);
    return this.#preview;
  }

  /** Hands its preview to the next one of its conversation: it goes itself. */
  bequeath(heir: KeptEntry): void {
    heir.#preview = this.preview ?? heir.#preview;
  }
}

/** What is kept of a conversation: one entry at least. */
export class KeptConversation {
  /** In the order in which they came. */
  readonly #came: KeptEntry[] = [];
  #entries: readonly KeptEntry[] | undefined;

  add(entry: KeptEntry): void {
    this.#came.push(entry);
  }

  /** In the order in which they were made. */
  get entries(): readonly KeptEntry[] {
    return (this.#entries ??= this.#came.toSorted((one, other) => one.atMs - other.atMs));
  }

  /** The beginning of what its caller said first, also where that is gone. */
  get preview(): string | null {
    return this.#came.find(({ preview }) => preview !== null)?.preview ?? null;
  }
}

/** Entries in the order in which they came, as many as there is room for: the oldest make room for new ones. */
export class KeptEntries {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #ids = new GrowingIds();
  /** The last entry of each conversation, by its id, from the first on that has messages: others have no preview to hand on. */
  readonly #last = new Map<string, KeptEntry>();
  /** Those of conversations whose id was another caller's already, by their names, which take longer to make than ids. */
  readonly #lastOfOthers = new Map<string, KeptEntry>();
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
    for (const entry of kept) if (this.#ids.add(entry.id)) this.#add(entry);
  }

  /** All of them, the oldest first. */
  all(): KeptEntry[] {
    return this.#entries.slice(this.#first);
  }

  /** Put together when somebody asks: that is not often, and requests are. */
  conversations(): KeptConversation[] {
    const conversations = new Map<string, KeptConversation>();
    for (const entry of this.all()) {
      if (entry.conversationId === null) continue;
      const name = nameOf(entry.conversationId, entry.callerId);
      let conversation = conversations.get(name);
      if (!conversation) conversations.set(name, (conversation = new KeptConversation()));
      conversation.add(entry);
    }
    return [...conversations.values()];
  }

  #add(entry: KeptEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    this.#link(entry);
    while (this.#entries.length - this.#first > this.#maxEntries || this.#bytes > this.#maxBytes) this.#forgetOldest();
  }

  #link(entry: KeptEntry): void {
    const { conversationId: id } = entry;
    if (id === null) return;
    const holder = this.#last.get(id);
    if (holder ? holder.callerId === entry.callerId : !this.#isOther(id, entry)) {
      follow(holder, entry, id, this.#last);
    } else {
      const name = nameOf(id, entry.callerId);
      follow(this.#lastOfOthers.get(name), entry, name, this.#lastOfOthers);
    }
  }

  /** Who has come to another's id stays among the others when that one is gone. */
  #isOther(id: string, { callerId }: KeptEntry): boolean {
    return this.#lastOfOthers.size > 0 && this.#lastOfOthers.has(nameOf(id, callerId));
  }

  /** The last of its conversation goes. */
  #unlink(entry: KeptEntry): void {
    const id = entry.conversationId ?? '';
    if (this.#last.get(id) === entry) this.#last.delete(id);
    else this.#lastOfOthers.delete(nameOf(id, entry.callerId));
  }

  #forgetOldest(): void {
    const oldest = this.#entries[this.#first];
    if (!oldest) return;
    this.#first++;
    this.#bytes -= oldest.bytes;
    this.forgotten++;
    if (oldest.next) oldest.bequeath(oldest.next);
    else if (oldest.isLinked) this.#unlink(oldest);
    if (this.#first * 2 <= this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#ids.cut(this.#first);
    this.#first = 0;
  }
}

/** Puts an entry behind the one before it. One without messages begins nothing. */
function follow(before: KeptEntry | undefined, entry: KeptEntry, name: string, last: Map<string, KeptEntry>): void {
  if (before) before.next = entry;
  else if (entry.messages.length === 0) return;
  entry.isLinked = true;
  last.set(name, entry);
}

/** One text for a conversation and its caller. */
function nameOf(id: string, callerId: string | null): string {
  return `${id.length}:${id}${callerId === null ? '' : `=${callerId}`}`;
}
