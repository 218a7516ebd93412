import type { ReadAttempt } from './answer-reader.ts';
import { AnswerReader } from './answer-reader.ts';
import type { CompletionCap } from './completion-cap.ts';
import { NexusError } from './errors.ts';
import type { GatheredAnswer } from './gathered-answer.ts';
import { isJsonObject } from './openai/json.ts';
import type { AssistantMessage, ChatChunk, ChatCompletion, ChunkChoice, ChunkStream, Usage } from './ports/index.ts';
import { Said } from './said.ts';

/** All chunks that came together. */
export type Batch = readonly ChatChunk[];

/**
 * Reads the chunks of a chat answer. A stream that stops before every choice has finished throws; it never ends
 * quietly. A role alone, or empty pieces, are not content.
 */
export class ChunkReader extends AnswerReader<ChatChunk> {
  override usage: Usage | undefined;
  readonly #said = new Said();
  readonly #showUsage: boolean;
  readonly #cap: CompletionCap | undefined;
  readonly #gathered: GatheredAnswer | undefined;
  readonly #begun = new Set<number>();
  readonly #finished = new Set<number>();
  #hasContent = false;
  #lastChunk: ChatChunk | undefined;

  /**
   * @param cap ends it where it is too long. Absent: it may be as long as it is.
   * @param gathered takes in all of it. Absent: nobody wants it whole.
   */
  constructor(
    stream: ChunkStream,
    attempt: ReadAttempt,
    showUsage: boolean,
    cap?: CompletionCap,
    gathered?: GatheredAnswer,
  ) {
    super(stream, attempt);
    this.#cap = cap;
    this.#gathered = gathered;
    this.#showUsage = showUsage;
  }

  /** What has come is delivered; it is what would come next that is cut off. */
  protected override checkMore(): void {
    if (this.#finished.size < this.#begun.size) this.#cap?.check();
  }

  override get text(): string {
    return this.#said.text;
  }

  override get isPlain(): boolean {
    return this.#said.isPlain && this.#begun.size === 1;
  }

  override get message(): AssistantMessage | undefined {
    return this.#said.message();
  }

  override get whole(): ChatCompletion | undefined {
    return this.#gathered?.whole();
  }

  override get owesUsage(): boolean {
    return this.#showUsage && !this.usage;
  }

  /** The hub always asks for usage, the caller may not have. */
  override visible(batch: Batch): Batch {
    if (this.#showUsage || !batch.some((chunk) => chunk.usage)) return batch;
    return batch.flatMap((chunk) => {
      if (!chunk.usage) return [chunk];
      const { usage: _hidden, ...rest } = chunk;
      return chunk.choices.length === 0 ? [] : [rest];
    });
  }

  /** A usage chunk like the provider's own, marked as the hub's count. */
  override usageItems(usage: Usage): Batch {
    if (!this.#lastChunk) return [];
    const { id, object, created, model } = this.#lastChunk;
    const estimated: Usage & { estimated: true } = { ...usage, estimated: true };
    return [{ id, object, created, model, choices: [], usage: estimated }];
  }

  protected override observe(chunk: ChatChunk): boolean {
    if (!hasChoices(chunk)) throw new NexusError('malformed_response', 'The provider sent a chunk without choices.');
    this.#lastChunk = chunk;
    this.#gathered?.add(chunk);
    if (chunk.usage) this.usage = chunk.usage;
    for (const choice of chunk.choices) {
      this.#begun.add(choice.index);
      if (choice.finish_reason) this.#finished.add(choice.index);
      const text = this.#said.add(choice);
      this.#cap?.add(text);
      if (!this.#hasContent) this.#hasContent = isContent(choice);
    }
    return this.#hasContent;
  }

  protected override checkEnd(): void {
    if (this.#begun.size === 0)
      throw new NexusError('empty_stream', 'The provider ended its stream without an answer.');
    if (this.#finished.size < this.#begun.size)
      throw new NexusError('stream_interrupted', 'The provider ended its stream before the answer was complete.');
  }
}

/** Streams are written by anybody, and not all of them by the types. */
function hasChoices(chunk: unknown): boolean {
  return isJsonObject(chunk) && Array.isArray(chunk['choices']);
}

/** A choice has content when it ends, or when its delta adds anything but a role. */
function isContent(choice: ChunkChoice): boolean {
  if (choice.finish_reason) return true;
  for (const [name, value] of Object.entries(choice.delta))
    if (name !== 'role' && value !== null && value !== undefined && value !== '' && !isEmptyList(value)) return true;
  return false;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
