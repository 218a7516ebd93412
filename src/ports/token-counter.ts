/** A count of tokens. */
export interface TokenCount {
  readonly tokens: number;
  /** False when the model's own encoding is unknown, or the text was not encoded in full or in one. */
  readonly exact: boolean;
}

/** Counts tokens where the provider did not. Never blocks the loop for long, whatever the text. */
export interface TokenCounter {
  /** Tokens of plain text for `model`; what spells a special token is plain text, too. No text has no tokens. */
  count(text: string, model: string): Promise<TokenCount>;
  /**
   * Tokens of several texts together, each by itself; exact where all of them are.
   * @default one `count` after the other
   */
  countAll?(texts: readonly string[], model: string): Promise<TokenCount>;
  /** Gives back the encoders. Counting afterwards begins anew. */
  close?(): void;
}
