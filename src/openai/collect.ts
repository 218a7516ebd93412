import { NexusError } from '../errors.ts';
import { ChoiceCollector } from './collect-choice.ts';
import { isJsonObject } from './json.ts';
import { LastMembers } from './last-members.ts';
import type { ChatChunk, ChatCompletion, Usage } from './types.ts';

/** `obfuscation` is padding of one chunk; the others are written by `completion`. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'obfuscation']);

/**
 * Puts the chunks of a stream together to the completion that the same call without `stream` would have given.
 *
 * A delta holds pieces: texts and lists are appended, other values replaced, whatever the member's name. Chunks and
 * choices hold facts: of their members the last value that is not `null` stays (`id`, `created` and `model`: the first).
 * Empty text is no text: `content` is `null` when nothing came, and usage is absent when none was sent.
 */
export class Collector {
  readonly #choices = new Map<number, ChoiceCollector>();
  readonly #members = new LastMembers(OWN_MEMBERS);
  #first: ChatChunk | undefined;
  #usage: Usage | undefined;

  add(chunk: ChatChunk): void {
    this.#first ??= chunk;
    this.#members.add(chunk);
    if (chunk.usage) this.#usage = chunk.usage;
    // Normal form has a list here; what a wrapped provider of a user sends may not.
    const choices: unknown = chunk.choices;
    if (!Array.isArray(choices)) return;
    for (const choice of choices as unknown[]) {
      if (isJsonObject(choice)) this.#collectorOf(choice['index']).add(choice);
    }
  }

  /**
   * The whole answer. To be asked for when the stream has come to its end: a choice that never said why it ended gets
   * the reason its content suggests.
   * @throws NexusError `empty_stream` when there was no chunk.
   */
  completion(): ChatCompletion {
    const first = this.#first;
    if (!first) throw new NexusError('empty_stream', 'The provider ended its answer before it began.');
    const indexes = [...this.#choices.keys()].sort((a, b) => a - b);
    return {
      ...this.#members.all(),
      id: first.id,
      object: 'chat.completion',
      created: first.created,
      model: first.model,
      choices: indexes.flatMap((index) => this.#choices.get(index)?.choice(index) ?? []),
      ...(this.#usage ? { usage: this.#usage } : {}),
    };
  }

  #collectorOf(index: unknown): ChoiceCollector {
    const place = typeof index === 'number' ? index : 0;
    let collector = this.#choices.get(place);
    if (!collector) {
      collector = new ChoiceCollector();
      this.#choices.set(place, collector);
    }
    return collector;
  }
}
