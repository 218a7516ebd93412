import type { ChatMessage } from '../../openai/types.ts';
import type { MessageDigest } from './message-digest.ts';
import { messageDigestOf } from './message-digest.ts';
import { digestOf } from './text-digest.ts';

/** A place in a chain where an answer ended. */
interface Link {
  /** Stands for everything up to here. */
  readonly digest: string;
  /** Messages of the request up to here. */
  readonly messages: number;
}

/**
 * A chain of digests over what was said, a link for each answer: the last link stands for all of it, in its order.
 * White space, instructions, names, reasoning and the ids of calls are no part of it.
 */
export class Chain {
  readonly links: Link[] = [];
  #last = '';
  /** What was said since the last answer. */
  #open: string[] = [];
  /** Results of tools that came together; some clients change their order. */
  #results: string[] = [];

  /** Adds what was said; `messages` counts it and all before it. */
  add(speaker: MessageDigest['speaker'], digest: string, messages: number): void {
    if (speaker === 'tool') {
      this.#results.push(digest);
      return;
    }
    this.#gather();
    if (speaker !== 'assistant') {
      this.#open.push(digest);
      return;
    }
    this.#last = this.after(digest);
    this.#open = [];
    this.links.push({ digest: this.#last, messages });
  }

  /** Stands for everything, also for what no answer followed. */
  whole(): string {
    this.#gather();
    return this.#open.length === 0 ? this.#last : digestOf(`${this.#last}\n${this.#open.join('\n')}\n`);
  }

  /** The link there would be after this answer. */
  after(answer: string): string {
    this.#gather();
    return digestOf(`${this.#last}\n${this.#open.join('\n')}\n${answer}`);
  }

  /** True where something was said after the last answer. */
  get isOpen(): boolean {
    return this.#open.length > 0 || this.#results.length > 0;
  }

  #gather(): void {
    if (this.#results.length === 0) return;
    this.#open.push(...this.#results.sort());
    this.#results = [];
  }
}

/** A request as chains: of all that was said, and of texts alone, without the work with tools. */
export class Chains {
  readonly digests: readonly MessageDigest[];
  readonly all = new Chain();
  /** The same chain where there was no such work. */
  readonly texts: Chain;

  constructor(messages: readonly ChatMessage[]) {
    const digests: MessageDigest[] = [];
    const places: number[] = [];
    let isPlain = true;
    for (const [place, message] of messages.entries()) {
      const digest = messageDigestOf(message);
      if (!digest) continue;
      digests.push(digest);
      places.push(place + 1);
      if (digest.whole !== digest.text) isPlain = false;
    }
    this.digests = digests;
    this.texts = isPlain ? this.all : new Chain();
    for (const [place, { speaker, whole, text }] of digests.entries()) {
      const count = places[place] ?? 0;
      this.all.add(speaker, whole, count);
      if (!isPlain && text !== undefined) this.texts.add(speaker, text, count);
    }
  }
}
