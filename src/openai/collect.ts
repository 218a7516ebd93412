import { NexusError } from '../errors.ts';
import { ChoiceCollector } from './collect-choice.ts';
import { isJsonObject } from './json.ts';
import { LastMembers } from './last-members.ts';
import type {
  ChatChunk,
  ChatCompletion,
  ChunkChoice,
  CompletionChoice,
  Delta,
  JsonObject,
  ToolCallDelta,
  Usage,
} from './types.ts';

/** `obfuscation` is padding of one chunk; the others are written by `completion`. */
const OWN_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'obfuscation',
]);

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
    if (!this.#first?.id) this.#first = chunk;
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

/**
 * A whole answer as the stream it could have been: for each choice its role, what it says (reasoning first), its tool
 * calls and its end, then usage. Collected again, it is the same completion.
 */
export function chunksOf(completion: ChatCompletion): ChatChunk[] {
  const { choices, usage, object: _object, ...facts } = completion;
  const { id, created, model } = completion;
  const chunks: ChatChunk[] = choices.flatMap((choice) =>
    piecesOf(choice).map((piece): ChatChunk => ({
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [piece],
    })),
  );
  if (usage || chunks.length === 0) {
    chunks.push({ id, object: 'chat.completion.chunk', created, model, choices: [], ...(usage ? { usage } : {}) });
  }
  // Facts about the whole answer need to be told once.
  return chunks.map((chunk, place) => (place === 0 ? { ...facts, ...chunk } : chunk));
}

function piecesOf(choice: CompletionChoice): ChunkChoice[] {
  const { index, message, finish_reason: finish, logprobs, ...facts } = choice;
  const { role, content, refusal, reasoning_content: reasoning, tool_calls: calls, ...others } = message;
  const opening: Delta = { ...others, role, content: content === null ? null : '' };
  if (reasoning === null || reasoning === '') opening.reasoning_content = reasoning;
  const deltas: Delta[] = [opening];
  if (reasoning) deltas.push({ reasoning_content: reasoning });
  // Log probabilities belong to what is said next; with nothing said, to the opening.
  const spoken = content || refusal ? deltas.length : 0;
  if (content) deltas.push({ content });
  if (refusal) deltas.push({ refusal });
  calls?.forEach((call, index) => deltas.push({ tool_calls: [toolDelta(call, index)] }));
  const pieces = deltas.map((delta, place): ChunkChoice => {
    const piece: ChunkChoice = { index, delta, finish_reason: null };
    return logprobs && place === spoken ? { ...piece, logprobs } : piece;
  });
  return [...pieces, { ...facts, index, delta: {}, finish_reason: finish }];
}

function toolDelta(call: JsonObject, index: number): ToolCallDelta {
  return { ...call, index };
}
