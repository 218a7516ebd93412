/** How long conversations last, and what is kept of them. */
export interface SessionsOptions {
  /** A conversation without a request for so long is over. @default 1800000 (30 minutes) */
  readonly idleMs?: number;
  /** Conversations remembered. @default 100000 */
  readonly maxActive?: number;
  /** How long `sessionStore` is waited for; then a request begins a new conversation. @default 20 */
  readonly storeWithinMs?: number;
  /** Whether messages are kept, for callers that send the new ones only (`include_history`). @default false */
  readonly history?:
    | false
    | {
        /** Characters of one conversation, as JSON. @default 1000000 */
        readonly maxLength?: number;
        /** Characters of all in the memory of this process; over it, those idle longest go. @default 64000000 */
        readonly maxTotalLength?: number;
      };
}
