/** How a hub closes. */
export interface CloseOptions {
  /**
   * How long requests under way may go on, in milliseconds. What they leave of it, and 2 seconds at least, is for the
   * records that still wait for the ledger.
   * @default 10000
   */
  readonly drainMs?: number;
}
