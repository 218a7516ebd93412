import type { NexusError } from '../errors.ts';
import type { Target } from './router.ts';

/** State of one target's circuit. */
export type CircuitState =
  | { readonly kind: 'closed' }
  /** Left alone until `retryAtMs` (Unix milliseconds). */
  | { readonly kind: 'open'; readonly retryAtMs: number }
  /** One probe is under way or may enter. */
  | { readonly kind: 'half-open' };

/** Admission of one attempt. Exactly one of its verbs is called, exactly once, when the attempt is over. */
export interface Ticket {
  /** The answer came to its end. */
  succeed(): void;
  /** It failed; the circuit counts it only when `error`'s fault is the provider's. */
  fail(error: NexusError): void;
  /** Nobody's fault: the caller left, or the answer was not needed. */
  abandon(): void;
}

/** Leaves a failing target alone until it recovers. */
export interface CircuitBreaker {
  /** A ticket, or `undefined` when the target is to be left alone. In half-open exactly one probe is admitted. */
  enter(target: Target): Ticket | undefined;
  state(target: Target): CircuitState;
  /** Stops timers. */
  close?(): void;
}
