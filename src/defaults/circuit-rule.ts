import type { NexusError } from '../errors.ts';
import { rowOf } from '../errors.ts';
import type { CircuitState } from '../ports/circuit-breaker.ts';

/** Counts of one window. */
export interface WindowCounts {
  readonly successes: number;
  readonly failures: number;
}

/** What is known when a failure comes. */
export interface Tally extends WindowCounts {
  /** Failures since the last success, of attempts that began after it. */
  readonly inARow: number;
}

/**
 * When it is time to open: enough failures, and either enough of all attempts, or as many in a row. By the rate alone a
 * busy target that dies would be asked until half of the window has passed: for so long its successes outweigh.
 */
export function shouldOpen(
  { successes, failures, inARow }: Tally,
  options: { readonly failures: number; readonly failureRate: number },
): boolean {
  if (failures < options.failures) return false;
  return inARow >= options.failures || failures >= options.failureRate * (failures + successes);
}

/** What the end of an attempt says to one circuit. */
export type Word =
  /** It is well: counted, and a probe has shown it. */
  | 'success'
  /** Counted against it. */
  | 'failure'
  /** It is refused whatever is asked: it opens at once. */
  | 'refusal'
  /** Not counted, but a probe has shown what it was to show. */
  | 'alive'
  /** Says nothing: a probe has shown nothing. */
  | 'nothing';

/** What a provider limits. */
export type Limited = 'target' | 'key';

/** What the end of an attempt says to all circuits that guard its target. */
export interface Verdict {
  /** To the model at its provider, whichever key was used. */
  readonly model: Word;
  /** To the model with this key. */
  readonly target: Word;
  /** To the key, whichever model was asked for. */
  readonly key: Word;
  /** The provider limits us, at the model with this key or at all of the key: for how long, where it said so. */
  readonly limited?: { readonly what: Limited; readonly waitMs: number | undefined };
}

export const SUCCESS: Verdict = { model: 'success', target: 'success', key: 'success' };
export const NOTHING: Verdict = { model: 'nothing', target: 'nothing', key: 'nothing' };
const MODEL_FAILED: Verdict = { model: 'failure', target: 'nothing', key: 'nothing' };
const KEY_REFUSED: Verdict = { model: 'nothing', target: 'nothing', key: 'refusal' };
/** The key is known there; it may lack the right to this model alone. */
const MODEL_DENIED: Verdict = { model: 'nothing', target: 'failure', key: 'alive' };
const ALIVE: Verdict = { model: 'alive', target: 'alive', key: 'alive' };

/** Providers that refuse a key with another status than 401 still name it so. */
const NAMES_OF_A_REFUSED_KEY = /api_?key|iam_?token|invalid_client|invalid_grant|authentication/i;

/** To whom a failure is attributed (B5): one bad request, or one bad key, must not take a provider from all others. */
export function verdictOn(error: NexusError): Verdict {
  const { fault } = rowOf(error);
  // A provider that refuses a wrong request is well.
  if (fault === 'caller') return SUCCESS;
  if (fault !== 'provider') return NOTHING;
  const { retryAfterMs = 0, providerStatus, providerCode = '' } = error.details;
  if (error.code === 'provider_quota_exhausted')
    return retryAfterMs > 0 ? { ...KEY_REFUSED, limited: { what: 'key', waitMs: retryAfterMs } } : KEY_REFUSED;
  if (error.code === 'provider_denied')
    return providerStatus === 401 || NAMES_OF_A_REFUSED_KEY.test(providerCode) ? KEY_REFUSED : MODEL_DENIED;
  const limited = { what: 'target', waitMs: retryAfterMs > 0 ? retryAfterMs : undefined } as const;
  if (error.code === 'provider_rate_limited') return { ...ALIVE, limited };
  // One request stands in the way of another, as with a conversation that is locked: the provider is well.
  if (providerStatus === 409) return retryAfterMs > 0 ? { ...ALIVE, limited } : ALIVE;
  // It named its time: it knows of its trouble, and is left alone until then. That it is well nobody has shown.
  return retryAfterMs > 0 ? { ...NOTHING, limited } : MODEL_FAILED;
}

export const CLOSED: CircuitState = { kind: 'closed' };

/** Of two circuits that guard a target the stricter, and of two open ones the one that is open longer. */
export function stricter(one: CircuitState, other: CircuitState): CircuitState {
  if (other.kind === 'open') return one.kind !== 'open' || other.retryAtMs > one.retryAtMs ? other : one;
  return other.kind === 'half-open' && one.kind === 'closed' ? other : one;
}
