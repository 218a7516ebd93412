import type { ChatMessage } from '../../openai/types.ts';
import type { MessageDigest } from './message-digest.ts';
import { isInstruction, messageDigestOf } from './message-digest.ts';
import type { TextDigests } from './text-digest.ts';
import { digestOf } from './text-digest.ts';

/** A place in a chain where an answer ended. */
export interface Link {
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
  /** What was said since the last answer, a line for each. */
  #open = '';
  /** Results of tools that came together; some clients change their order. */
  #results: string[] | undefined;

  /** Adds what was said; `messages` counts it and all before it. */
  add(speaker: MessageDigest['speaker'], digest: string, messages: number): void {
    if (speaker === 'tool') {
      (this.#results ??= []).push(digest);
      return;
    }
    this.#gather();
    if (speaker !== 'assistant') {
      this.#open += `\n${digest}`;
      return;
    }
    this.#last = this.after(digest);
    this.#open = '';
    this.links.push({ digest: this.#last, messages });
  }

  /** Stands for everything, also for what no answer followed. */
  whole(): string {
    this.#gather();
    return this.#open === '' ? this.#last : digestOf(`${this.#last}${this.#open}\n`);
  }

  /** The link there would be after this answer. */
  after(answer: string): string {
    this.#gather();
    return digestOf(`${this.#last}${this.#open || '\n'}\n${answer}`);
  }

  /** True where something was said after the last answer. */
  get isOpen(): boolean {
    return this.#open !== '' || this.#results !== undefined;
  }

  #gather(): void {
    if (!this.#results) return;
    for (const result of this.#results.sort()) this.#open += `\n${result}`;
    this.#results = undefined;
  }
}

/** A request as chains: of all that was said, and of texts alone, without the work with tools. */
export class Chains {
  readonly digests: readonly MessageDigest[];
  readonly all = new Chain();
  /** The same chain where there was no such work. */
  readonly texts: Chain;

  constructor(messages: readonly ChatMessage[], textDigests: TextDigests) {
    const digests: MessageDigest[] = [];
    let isPlain = true;
    for (const [place, message] of messages.entries()) {
      const digest = messageDigestOf(message, textDigests);
      if (!digest) continue;
      digests.push(digest);
      this.all.add(digest.speaker, digest.whole, place + 1);
      if (digest.whole !== digest.text) isPlain = false;
    }
    this.digests = digests;
    this.texts = isPlain ? this.all : textsOf(messages, digests);
  }
}

function textsOf(messages: readonly ChatMessage[], digests: readonly MessageDigest[]): Chain {
  const texts = new Chain();
  let next = 0;
  for (const [place, message] of messages.entries()) {
    if (isInstruction(message)) continue;
    const digest = digests[next++];
    if (digest?.text !== undefined) texts.add(digest.speaker, digest.text, place + 1);
  }
  return texts;
}
