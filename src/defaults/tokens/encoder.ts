import type { Encoding } from '../../openai/tokens/encodings.ts';

/** Tells how many tokens pieces of text are. The pieces are short: see `piecesOf`. */
export interface Encoder {
  /** Tokens of all pieces together. Rejects when the encoder was closed meanwhile. */
  count(pieces: readonly string[], encoding: Encoding): Promise<number>;
  /** Gives back what it holds. Counting afterwards begins anew. */
  close(): void;
}
