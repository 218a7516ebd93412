import { createHash } from 'node:crypto';
import type { TurnFacts } from 'nexusai-hub/ports';

/** What is asked of a Keyv. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  /** @param ttl milliseconds until it is forgotten. */
  set(key: string, value: string, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** A turn of a conversation. */
export interface TurnDocument {
  /** Unlike that of any other turn. */
  readonly id: string;
  facts: TurnFacts;
  isTaken: boolean;
}

/** A conversation, or what has become of it. */
export interface ConversationDocument {
  readonly id: string;
  seenAtMs: number;
  /** The one it was made a part of. */
  isPartOf?: string;
  turns: TurnDocument[];
  /** Where turns went when it was split. */
  moved: Record<string, string>;
  said?: string[];
  isTooLong?: boolean;
}

/** Turns under a mark, oldest first. */
export type MarkDocument = readonly { readonly conversation: string; readonly turn: string }[];

/** How long what was written stays, in idle times: marks are not written anew while a conversation goes on. */
const GRACE = 4;

/**
 * The documents of one owner while a verb works on them: each is read once, and what was changed is written at the end.
 */
export class Documents {
  readonly #keyv: KeyvLike;
  readonly #start: string;
  readonly #ttlMs: number;
  readonly #read = new Map<string, unknown>();
  readonly #changed = new Map<string, unknown>();

  constructor(keyv: KeyvLike, owner: string, idleMs: number) {
    this.#keyv = keyv;
    this.#start = `sessions-${hashOf(owner)}`;
    this.#ttlMs = idleMs * GRACE;
  }

  async conversation(id: string): Promise<ConversationDocument | undefined> {
    return (await this.#get(this.#conversationKey(id))) as ConversationDocument | undefined;
  }

  change(conversation: ConversationDocument): void {
    const key = this.#conversationKey(conversation.id);
    this.#read.set(key, conversation);
    this.#changed.set(key, conversation);
  }

  async mark(mark: string): Promise<MarkDocument> {
    return ((await this.#get(this.#markKey(mark))) as MarkDocument | undefined) ?? [];
  }

  changeMark(mark: string, turns: MarkDocument): void {
    this.#read.set(this.#markKey(mark), turns);
    this.#changed.set(this.#markKey(mark), turns);
  }

  async write(): Promise<void> {
    await Promise.all(
      [...this.#changed].map(([key, value]) =>
        Array.isArray(value) && value.length === 0
          ? this.#keyv.delete(key)
          : this.#keyv.set(key, JSON.stringify(value), this.#ttlMs),
      ),
    );
  }

  async #get(key: string): Promise<unknown> {
    if (this.#read.has(key)) return this.#read.get(key);
    const text = await this.#keyv.get(key);
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
    this.#read.set(key, value);
    return value;
  }

  #conversationKey(id: string): string {
    return `${this.#start}-c-${hashOf(id)}`;
  }

  #markKey(mark: string): string {
    return `${this.#start}-m-${mark}`;
  }
}

/** Some adapters take letters, digits and dashes only. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
