/** A count of tokens. */
export interface TokenCount {
  readonly tokens: number;
  /** False when the model's own encoding is unknown, or the text was too long to be encoded in full. */
  readonly exact: boolean;
}

/** Counts tokens where the provider did not. Never blocks the loop for long. */
export interface TokenCounter {
  /** Tokens of plain text in the encoding of `model`. */
  count(text: string, model: string): Promise<TokenCount>;
  /** Gives back the encoders. */
  close?(): void;
}
