import { AsyncResource } from 'node:async_hooks';
import type { Clock, Timer } from './ports/clock.ts';

/** The timer is nobody's: in the context of whose request it was set, the others would end, and it would be kept till then. */
const NOBODYS = new AsyncResource('nexusai-hub.watch');

/** What is to be looked at when a time has come, on the scale that never jumps. */
export abstract class Watched {
  dueAt = Infinity;
  /** In the heap; -1: in none. */
  place = -1;

  /** The time has come. What is to be looked at again is added again. */
  abstract look(now: number): void;
}

/**
 * Looks at each when its time has come, with one timer for all: timers of their own, made and taken back for every
 * request, were 2 % of what a short one costs. They stand in a heap, so that each step takes a few looks, however many
 * they are. Where nothing is watched there is no timer.
 */
export class Watch {
  readonly #clock: Clock;
  /** A binary heap, by `dueAt`. */
  readonly #heap: Watched[] = [];
  #timer: Timer | undefined;
  #timerAt = Infinity;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  static readonly #known = new WeakMap<Clock, Watch>();

  /** The watch that goes by a clock. */
  static by(clock: Clock): Watch {
    let watch = Watch.#known.get(clock);
    if (!watch) Watch.#known.set(clock, (watch = new Watch(clock)));
    return watch;
  }

  /** `now` is what the clock says. */
  add(watched: Watched, dueAt: number, now: number): void {
    watched.dueAt = dueAt;
    this.#rise(watched, this.#heap.length);
    if (dueAt < this.#timerAt) this.#arm(dueAt, now);
  }

  /** Does nothing where it is not watched. */
  remove(watched: Watched): void {
    this.#take(watched);
    if (this.#heap.length === 0) this.#disarm();
  }

  #arm(at: number, now: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    const set = (): Timer => this.#clock.schedule(Math.max(0, at - now), this.#lookAtAll);
    this.#timer = NOBODYS.runInAsyncScope(set);
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  readonly #lookAtAll = (): void => {
    // Until the end no other timer is needed.
    this.#timerAt = -Infinity;
    const now = this.#clock.elapsed();
    try {
      for (let first = this.#heap[0]; first && first.dueAt <= now; first = this.#heap[0]) {
        this.#take(first);
        first.look(now);
      }
    } finally {
      this.#disarm();
      const next = this.#heap[0];
      if (next) this.#arm(next.dueAt, now);
    }
  };

  #take(watched: Watched): void {
    const { place } = watched;
    if (place < 0) return;
    watched.place = -1;
    const last = this.#heap.pop();
    if (!last || last === watched) return;
    if (last.dueAt < watched.dueAt) this.#rise(last, place);
    else this.#sink(last, place);
  }

  /** Puts it where `place` is empty, or above it. */
  #rise(watched: Watched, place: number): void {
    let at = place;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = this.#heap[above];
      if (!other || other.dueAt <= watched.dueAt) break;
      this.#put(other, at);
      at = above;
    }
    this.#put(watched, at);
  }

  /** Puts it where `place` is empty, or below it. */
  #sink(watched: Watched, place: number): void {
    let at = place;
    for (;;) {
      const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]];
      const sooner = right && left && right.dueAt < left.dueAt ? right : left;
      if (!sooner || sooner.dueAt >= watched.dueAt) break;
      const below = sooner.place;
      this.#put(sooner, at);
      at = below;
    }
    this.#put(watched, at);
  }

  #put(watched: Watched, place: number): void {
    this.#heap[place] = watched;
    watched.place = place;
  }
}
