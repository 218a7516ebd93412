import type { NexusError } from '../errors.ts';
import type { Target } from './router.ts';

/** State of one target's circuit. */
export type CircuitState =
  | { readonly kind: 'closed' }
  /** Left alone until `retryAtMs` (Unix milliseconds; `Infinity`: until somebody closes it). */
  | { readonly kind: 'open'; readonly retryAtMs: number; readonly why: OpenReason }
  /** One probe is under way or may enter. */
  | { readonly kind: 'half-open' };

/**
 * Why a circuit is open: it failed too often, its key was refused, the provider named a time before which it is not to
 * be asked, or somebody said so.
 */
export type OpenReason = 'failures' | 'key' | 'told' | 'forced';

/**
 * Admission of one attempt. Exactly one of `succeed`, `fail` and `abandon` is called, exactly once, when the attempt is
 * over. What a verb throws, or rejects with, is logged and goes no further.
 */
export interface Ticket {
  /**
   * The first content of a stream is here, at most once and before any other verb: the target answers, however long it
   * goes on. Absent: nobody is told.
   */
  answers?(): void;
  /** The answer came to its end. */
  succeed(): void;
  /** It failed; the circuit counts it only when `error`'s fault is the provider's. */
  fail(error: NexusError): void;
  /** Nobody's fault: the caller left, or the answer was not needed. */
  abandon(): void;
}

/** What can be told of one circuit. */
export interface CircuitReport {
  /** What it stands for: `provider/model`, or `provider#key` for a key. */
  readonly id: string;
  readonly state: CircuitState;
  /** Somebody holds it so. Absent: it goes by its own rule. */
  readonly held?: 'open' | 'closed' | undefined;
  /** Attempts of the current window. */
  readonly successes: number;
  readonly failures: number;
}

/** Leaves a failing target alone until it recovers. */
export interface CircuitBreaker {
  /**
   * A ticket, or `undefined` when the target is to be left alone. In half-open exactly one probe is admitted. With
   * `insist` a ticket in any case, save where somebody holds the circuit open: every target is open, and asking one is
   * better than asking none.
   */
  enter(target: Target, insist?: boolean): Ticket | undefined;
  state(target: Target): CircuitState;
  /** All circuits that were ever asked for and are still remembered. Absent: the hub shows none. */
  list?(): readonly CircuitReport[];
  /**
   * Holds a circuit open or closed whatever happens, or (`auto`) lets it go by its own rule again, closed at first.
   * False when there is no such circuit. Absent: circuits cannot be held.
   */
  hold?(id: string, how: 'open' | 'closed' | 'auto'): boolean;
  /** Stops timers. */
  close?(): void | Promise<void>;
}
