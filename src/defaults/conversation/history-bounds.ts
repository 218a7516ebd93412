import type { Conversation } from './conversation.ts';

/**
 * Keeps the messages of all conversations within a number of characters: over it, those that were not added to for
 * longest are forgotten. In two generations, as in `RecentMap`.
 */
export class HistoryBounds {
  readonly #mostYoung: number;
  #young = new Set<Conversation>();
  #old = new Set<Conversation>();
  #youngLength = 0;

  constructor(maxLength: number) {
    this.#mostYoung = maxLength / 2;
  }

  /** Changes what is kept of a conversation. */
  change(conversation: Conversation, change: () => void): void {
    // Of most nothing is kept, and they are nowhere.
    if (conversation.length > 0) {
      if (this.#young.delete(conversation)) this.#youngLength -= conversation.length;
      this.#old.delete(conversation);
    }
    change();
    const { length } = conversation;
    if (length === 0) return;
    if (this.#youngLength + length > this.#mostYoung) this.#age();
    this.#young.add(conversation);
    this.#youngLength += length;
  }

  #age(): void {
    for (const left of this.#old) left.forget();
    this.#old = this.#young;
    this.#young = new Set();
    this.#youngLength = 0;
  }
}
