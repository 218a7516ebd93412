import { NOBODY } from './defaults/short-list.ts';
import { NexusError, rowOf } from './errors.ts';
import type { NexusErrorCode, TriedTarget } from './errors.ts';
import type { CircuitState, FallbackCause, OpenReason, Target } from './ports/index.ts';

/** When to look again whether a probe is over: nobody knows, and each look of each request costs. */
const PROBE_MS = 100;

/** One attempt that came to nothing. */
export interface Failure {
  readonly target: Target;
  readonly error: NexusError;
}

/** What leads from one model to another, by the code of the failure. */
const CAUSES: Partial<Record<NexusErrorCode, FallbackCause>> = {
  context_length_exceeded: 'context_length',
  content_filtered: 'content_filter',
  schema_mismatch: 'schema',
};

/** For what another model may answer at once; all other failures are `unavailable`, once no target is left. */
export function causeOf({ error }: Failure): FallbackCause | undefined {
  return CAUSES[error.code];
}

/** The target may answer when it is asked again: the provider's own word, else what its kind of failure says. */
export function mayRecover({ error }: Failure): boolean {
  return error.details.askAgain ?? rowOf(error).askAgain;
}

/** The wait the provider asked for. */
export function hintedWaitMs({ error }: Failure): number {
  return error.details.retryAfterMs ?? 0;
}

/** One target that was left alone, for how long, and why. */
export interface LeftAlone {
  readonly target: Target;
  readonly retryInMs: number;
  readonly why: OpenReason;
}

/** Who did not answer a request, and why not. */
export class Tried {
  #failures: readonly Failure[] = NOBODY;
  /** Each target once. */
  #leftAlone: readonly LeftAlone[] = NOBODY;

  /** Attempts that came to nothing, in their order. */
  get failures(): readonly Failure[] {
    return this.#failures;
  }

  failed(failure: Failure): void {
    this.#failures = [...this.#failures, failure];
  }

  /** Nobody was asked: the circuit is open, or its only probe is under way. */
  leftAlone(target: Target, state: CircuitState, nowMs: number): void {
    const others = this.#leftAlone.filter((alone) => alone.target.id !== target.id);
    const alone: LeftAlone =
      state.kind === 'open'
        ? { target, retryInMs: state.retryAtMs - nowMs, why: state.why }
        : { target, retryInMs: PROBE_MS, why: 'failures' };
    this.#leftAlone = [...others, alone];
  }

  /** Targets that were left alone, the one to be asked soonest first. Not those that somebody holds open. */
  mayComeBack(): readonly LeftAlone[] {
    const back = this.#leftAlone.filter(({ why }) => why !== 'forced');
    return back.sort((one, other) => one.retryInMs - other.retryInMs);
  }

  whyLeftAlone(target: Target): OpenReason | undefined {
    return this.#leftAlone.find((alone) => alone.target.id === target.id)?.why;
  }

  /** They are looked at again. */
  forgetLeftAlone(): void {
    this.#leftAlone = NOBODY;
  }

  /** What the caller is told when nobody answered for this model. */
  error(model: string): NexusError {
    const last = this.failures.at(-1)?.error;
    const tried = this.#list();
    if (tried.length === 0)
      return new NexusError('deadline_exceeded', 'The time of the request ran out before a provider could be asked.');
    const retryAfterMs = this.#retryAfterMs();
    const details = { tried, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    if (last && this.failures.every(({ error }) => error.code === last.code) && this.#leftAlone.length === 0)
      return new NexusError(last.code, last.message, { ...last.details, ...details }, last);
    const list = tried.map(({ target, code }) => `${target} (${code})`).join(', ');
    return new NexusError('no_target', `No provider answered for model "${model}": ${list}.`, details, last);
  }

  #list(): TriedTarget[] {
    const failed = this.failures.map(({ target, error }) => ({ target: target.id, code: error.code }));
    const alone = this.#leftAlone.map(({ target }) => ({ target: target.id, code: 'circuit_open' as const }));
    return [...failed, ...alone];
  }

  /** The shortest wait after which asking again makes sense, where one is known. */
  #retryAfterMs(): number | undefined {
    const alone = this.#leftAlone.map(({ retryInMs }) => retryInMs);
    const waits = [...this.failures.map(({ error }) => error.details.retryAfterMs), ...alone];
    const known = waits.filter((wait) => wait !== undefined).filter(Number.isFinite);
    return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
  }
}
