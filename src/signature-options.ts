/** How long signed requests count, in milliseconds. */
export interface SignatureOptions {
  /** From when a signature was created; its own `expires` may end it sooner. @default 300000 */
  readonly maxAgeMs?: number;
  /** How far the clocks of callers, and of processes that share a `nonceStore`, may be off. @default 30000 */
  readonly clockSkewMs?: number;
}
