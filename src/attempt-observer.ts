import { isPromise } from './defaults/is-promise.ts';
import type { NexusErrorCode } from './errors.ts';
import { hear, partFailed } from './failing-part.ts';
import type { Parts } from './parts.ts';
import type { AttemptObserver, Outcome, RequestFacts, Target } from './ports/index.ts';

const FAILED = 'the balancer failed at hearing of an attempt';

/** A balancer as it may be written. */
interface Observing {
  begins?(target: Target, facts: RequestFacts): AttemptObserver | Promise<AttemptObserver> | undefined;
}

interface Answering {
  content(ms: number): unknown;
  over(outcome: Outcome, durationMs: number, error: NexusErrorCode | undefined): unknown;
}

/** What the balancer wants to hear of an attempt, if anything. It may fail at that: the attempt goes on. */
export function observerOf(parts: Parts, target: Target, facts: RequestFacts): AttemptObserver | undefined {
  const balancer: Observing = parts.balancer;
  if (!balancer.begins) return undefined;
  try {
    const observer = balancer.begins(target, facts);
    if (!isPromise(observer)) return observer && new UnfailingObserver(observer, target, parts);
    hear(observer, FAILED, target, parts);
    throw new TypeError('`begins` returned a promise: nobody waits for whoever is to hear of the attempt.');
  } catch (cause) {
    partFailed(cause, FAILED, target, parts);
    return undefined;
  }
}

/** Whoever tells it something need not guard that. */
class UnfailingObserver implements AttemptObserver {
  readonly #observer: Answering;
  readonly #target: Target;
  readonly #parts: Parts;

  constructor(observer: AttemptObserver, target: Target, parts: Parts) {
    this.#observer = observer;
    this.#target = target;
    this.#parts = parts;
  }

  content(ms: number): void {
    try {
      hear(this.#observer.content(ms), FAILED, this.#target, this.#parts);
    } catch (cause) {
      partFailed(cause, FAILED, this.#target, this.#parts);
    }
  }

  over(outcome: Outcome, durationMs: number, error: NexusErrorCode | undefined): void {
    try {
      hear(this.#observer.over(outcome, durationMs, error), FAILED, this.#target, this.#parts);
    } catch (cause) {
      partFailed(cause, FAILED, this.#target, this.#parts);
    }
  }
}
