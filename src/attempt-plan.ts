import { NexusError, rowOf } from './errors.ts';
import type { TriedTarget } from './errors.ts';
import type { Parts } from './parts.ts';
import type { AttemptReason, Target } from './ports/index.ts';
import type { Visit } from './visit.ts';

/** The longest pause between rounds, in milliseconds, however often was repeated. */
const LONGEST_BACKOFF_MS = 8_000;

/** One attempt that came to nothing. */
interface Failure {
  readonly target: Target;
  readonly error: NexusError;
}

/**
 * Decides whom to ask next: every target once in its order, then again those that may recover, after a pause. One
 * budget of attempts and one deadline bound it all, whatever fails in between.
 */
export class AttemptPlan {
  readonly #parts: Parts;
  readonly #visit: Visit;
  readonly #failures: Failure[] = [];
  readonly #leftAlone = new Map<Target, number>();
  #round: readonly Target[];
  #failuresBeforeRound = 0;
  #place = 0;
  #rounds = 0;
  #begun = 0;

  constructor(parts: Parts, visit: Visit, targets: readonly Target[]) {
    this.#parts = parts;
    this.#visit = visit;
    this.#round = targets;
  }

  /** Attempts begun so far. */
  get begun(): number {
    return this.#begun;
  }

  /** The next target to ask, after a pause where one is due; `undefined` when there is none within the limits. */
  async next(): Promise<Target | undefined> {
    const { maxAttempts, deadlineMs } = this.#parts.attempts;
    for (;;) {
      if (this.#begun >= maxAttempts || this.#visit.age() >= deadlineMs) return undefined;
      const target = this.#round[this.#place++];
      if (!target) {
        if (!(await this.#nextRound())) return undefined;
        continue;
      }
      const state = this.#parts.circuit.state(target);
      if (state.kind !== 'open') return target;
      this.leaveAlone(target);
    }
  }

  /** An attempt begins: it counts. Says why it is made. */
  begin(): AttemptReason {
    if (this.#begun++ === 0) return 'first';
    return this.#rounds > 0 ? 'again' : 'next';
  }

  /** The circuit did not let this request in: nobody was asked. */
  leaveAlone(target: Target): void {
    const state = this.#parts.circuit.state(target);
    this.#leftAlone.set(target, state.kind === 'open' ? state.retryAtMs - this.#parts.clock.now() : 0);
  }

  /** An attempt failed. True when another target, or the same one later, may be asked. */
  failed(target: Target, error: NexusError): boolean {
    this.#failures.push({ target, error });
    return rowOf(error).askNext;
  }

  /** What the caller is told when nobody answered. */
  nobodyAnswered(model: string): NexusError {
    const last = this.#failures.at(-1)?.error;
    const tried = this.#tried();
    if (tried.length === 0)
      return new NexusError('deadline_exceeded', 'The time of the request ran out before a provider could be asked.');
    const retryAfterMs = this.#retryAfterMs();
    const details = { tried, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    if (last && this.#failures.every(({ error }) => error.code === last.code) && this.#leftAlone.size === 0)
      return new NexusError(last.code, last.message, { ...last.details, ...details }, last);
    const list = tried.map(({ target, code }) => `${target} (${code})`).join(', ');
    return new NexusError('no_target', `No provider answered for model "${model}": ${list}.`, details, last);
  }

  /** Pauses and begins a round over the targets that may answer when asked again. */
  async #nextRound(): Promise<boolean> {
    const again = this.#failures.slice(this.#failuresBeforeRound).filter(mayRecover);
    if (again.length === 0) return false;
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, this.#parts.attempts.backoffMs * 2 ** this.#rounds);
    const pauseMs = Math.max(Math.min(...again.map(hintedWaitMs)), this.#parts.random() * ceilingMs);
    if (this.#visit.age() + pauseMs >= this.#parts.attempts.deadlineMs) return false;
    await this.#visit.pause(pauseMs);
    this.#rounds++;
    this.#failuresBeforeRound = this.#failures.length;
    this.#round = again.filter((failure) => hintedWaitMs(failure) <= pauseMs).map(({ target }) => target);
    this.#place = 0;
    return true;
  }

  #tried(): TriedTarget[] {
    const failed = this.#failures.map(({ target, error }) => ({ target: target.id, code: error.code }));
    const alone = [...this.#leftAlone.keys()].map((target) => ({ target: target.id, code: 'circuit_open' as const }));
    return [...failed, ...alone];
  }

  /** The shortest wait after which asking again makes sense, where every target named one. */
  #retryAfterMs(): number | undefined {
    const waits = [...this.#failures.map(({ error }) => error.details.retryAfterMs), ...this.#leftAlone.values()];
    const known = waits.filter((wait) => wait !== undefined);
    return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
  }
}

/** The target may answer when it is asked again: the provider's own word, else what its kind of failure says. */
function mayRecover({ error }: Failure): boolean {
  return error.details.askAgain ?? rowOf(error).askAgain;
}

/** The wait the provider asked for. */
function hintedWaitMs({ error }: Failure): number {
  return error.details.retryAfterMs ?? 0;
}
