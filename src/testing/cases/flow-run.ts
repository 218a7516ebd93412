import { isNexusError } from '../../errors.ts';
import type { Clock, FlowControl, Slot, Target } from '../../ports/index.ts';
import type { ManualClock } from '../manual-clock.ts';
import { manualClock } from '../manual-clock.ts';
import { scriptedProvider } from '../scripted-provider.ts';

/** How much a flow control under test lets through, for each provider. */
export interface FlowCaseBounds {
  readonly maxConcurrency: number;
  readonly maxQueue: number;
  readonly maxWaitMs: number;
}

/** Makes a new flow control with these bounds, on this clock. */
export type MakeFlowControl = (bounds: FlowCaseBounds, clock: Clock) => FlowControl;

/** One who asked for a place, and what came of it. */
export interface Entered {
  readonly controller: AbortController;
  slot: Slot | undefined;
  error: unknown;
}

/** A flow control with two places, a queue of three and a limit of a second, and those who came to it. */
export class FlowRun {
  readonly clock: ManualClock = manualClock();
  readonly #flow: FlowControl;
  readonly #inside = new Set<Entered>();

  constructor(make: MakeFlowControl) {
    this.#flow = make({ maxConcurrency: 2, maxQueue: 3, maxWaitMs: 1_000 }, this.clock);
  }

  get inside(): number {
    return this.#inside.size;
  }

  enter({ provider = 'a', priority = 0, maxWaitMs = 1_000_000 } = {}): Entered {
    const entered: Entered = { controller: new AbortController(), slot: undefined, error: undefined };
    const { signal } = entered.controller;
    void this.#ask(provider, { signal, priority, maxWaitMs }).then(
      (slot) => {
        entered.slot = slot;
        this.#inside.add(entered);
      },
      (error: unknown) => (entered.error = error),
    );
    return entered;
  }

  /** Takes both places. */
  async fill(): Promise<Entered[]> {
    const entered = [this.enter(), this.enter()];
    await this.settle();
    return entered;
  }

  /** Gives back the place of this one, or of whoever has been inside longest. */
  release(entered: Entered | undefined = [...this.#inside][0]): void {
    if (!entered) return;
    this.#inside.delete(entered);
    entered.slot?.release();
  }

  async leaveOne(): Promise<void> {
    this.release();
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  readonly stateOf = (entered: Entered | undefined): 'inside' | 'waiting' | 'refused' => {
    if (entered?.error !== undefined) return 'refused';
    return entered?.slot ? 'inside' : 'waiting';
  };

  /** @throws Error when it was not refused as the port says. */
  expectRefused(entered: Entered | undefined): void {
    const error = entered?.error;
    if (!isNexusError(error) || (error.code !== 'overloaded' && error.code !== 'provider_rate_limited'))
      throw new Error(
        `Expected overloaded or provider_rate_limited, got ${error instanceof Error ? error.message : 'none'}.`,
      );
    const { retryAfterMs } = error.details;
    if (retryAfterMs === undefined || !(retryAfterMs > 0 && Number.isFinite(retryAfterMs)))
      throw new Error(`Expected details.retryAfterMs to be a time, got ${String(retryAfterMs)}.`);
  }

  close(): void {
    this.#flow.close?.();
  }

  async #ask(providerId: string, waiting: { signal: AbortSignal; priority: number; maxWaitMs: number }): Promise<Slot> {
    return this.#flow.enter(targetOf(providerId), waiting);
  }
}

function targetOf(providerId: string): Target {
  const provider = scriptedProvider({ says: '' });
  return { id: `${providerId}/m`, providerId, provider, model: 'm', weight: 1 };
}

/** @throws Error that says what was expected and what came. */
export function expectSame(what: string, came: unknown, expected: unknown): void {
  const [text, wanted] = [JSON.stringify(came), JSON.stringify(expected)];
  if (text !== wanted) throw new Error(`${what}: expected ${wanted}, got ${text}.`);
}
