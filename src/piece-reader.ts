import { AnswerReader } from './answer-reader.ts';
import type { Attempt } from './attempt.ts';
import { NexusError } from './errors.ts';
import type { ForwardFacts, ForwardPiece, ForwardStream, Usage } from './ports/index.ts';

/**
 * Reads the pieces of an answer that is passed on. What they hold only the provider knows, and whether they are
 * complete; a stream without any is no answer.
 */
export class PieceReader extends AnswerReader<ForwardPiece> {
  readonly #factsOf: (() => ForwardFacts) | undefined;
  #isEmpty = true;

  constructor(stream: ForwardStream, attempt: Attempt, factsOf: (() => ForwardFacts) | undefined) {
    super(stream, attempt);
    this.#factsOf = factsOf;
  }

  /** What the provider can tell of the answer so far. */
  get facts(): ForwardFacts {
    return factsFrom(this.#factsOf);
  }

  override get usage(): Usage | undefined {
    return this.facts.usage;
  }

  override get text(): string | undefined {
    return this.facts.text;
  }

  /** Only the provider knows. */
  override get isPlain(): boolean {
    return false;
  }

  /** It is the provider's own, in a language the hub does not read. */
  override get message(): undefined {
    return undefined;
  }

  /** The caller's own words asked for it, or for none, and the provider has read them. */
  override get owesUsage(): boolean {
    return false;
  }

  override visible(batch: readonly ForwardPiece[]): readonly ForwardPiece[] {
    return batch;
  }

  override usageItems(): readonly ForwardPiece[] {
    return [];
  }

  protected override observe(piece: ForwardPiece): boolean {
    if (piece.length > 0) this.#isEmpty = false;
    return !this.#isEmpty;
  }

  protected override checkEnd(): void {
    if (this.#isEmpty) throw new NexusError('empty_stream', 'The provider ended its stream without an answer.');
  }
}

/** What a provider tells; one that fails at that has still given its answer. */
export function factsFrom(factsOf: (() => ForwardFacts) | undefined): ForwardFacts {
  try {
    return factsOf?.() ?? {};
  } catch {
    return {};
  }
}
