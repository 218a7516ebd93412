import type { AnswerRules } from './answer-check.ts';
import { ask } from './ask.ts';
import type { Asked } from './asked.ts';
import type { Attempt } from './attempt.ts';
import type { Call } from './call.ts';
import type { NexusError } from './errors.ts';
import { asNexusError } from './errors.ts';
import type { Clock, Timer } from './ports/index.ts';
import { Stop } from './provider-kit/stop.ts';

/** What came of asking one target, or one and others beside it. */
export type Race = WonRace | { readonly kind: 'lost'; readonly failures: readonly LostAttempt[] };

/** The attempt whose answer is taken, and the answer. */
export interface WonRace {
  readonly kind: 'won';
  readonly attempt: Attempt;
  readonly asked: Asked;
}

/** An attempt that failed, not one that was only slower. */
export interface LostAttempt {
  readonly attempt: Attempt;
  readonly error: NexusError;
}

/** Asks one target, and no other. Never rejects. */
export function askOne(attempt: Attempt, call: Call, rules: AnswerRules): Promise<Race> {
  return ask(attempt, call, rules).then(
    (asked): Race => ({ kind: 'won', attempt, asked }),
    (cause: unknown): Race => ({ kind: 'lost', failures: [{ attempt, error: asNexusError(cause) }] }),
  );
}

/** Told of an attempt in the step in which it begins. */
export type Begun = (attempt: Attempt) => void;

/** When one more is asked, and how. */
export interface Turn {
  readonly afterMs: number;
  /**
   * Enters it and tells of the attempt as it begins, unless `over` says that nobody is wanted any more. Resolves when it
   * has begun, or when there is nobody to ask now.
   */
  readonly enter: (over: Stop, begun: Begun) => Promise<void>;
}

/** Who is asked beside one that is slow to begin. */
export interface Beside {
  /** The next turn, as things stand; `undefined`: nobody's. `hasFailed`: it was the one asked last that came to nothing. */
  next(hasFailed: boolean): Turn | undefined;
}

/**
 * Asks one target, and others beside it as long as no answer has begun and it is their turn. The first to begin is
 * taken, the others are stopped. Never rejects.
 */
export function askBeside(first: Attempt, beside: Beside, call: Call, rules: AnswerRules, clock: Clock): Promise<Race> {
  return new Promise((resolve) => {
    const running = new Set<Attempt>();
    const failures: LostAttempt[] = [];
    // An error's stack keeps the functions on it, and they what they enclose: it is not to be the request.
    const asking: { call: Call | undefined } = { call };
    const over = new Stop();
    let last = first;
    let isEntering = false;
    let timer: Timer | undefined;

    const end = (race: Race): void => {
      asking.call = undefined;
      timer?.cancel();
      over.abort();
      resolve(race);
    };
    const loseIfAlone = (): void => {
      if (running.size === 0 && !isEntering && !over.aborted) end({ kind: 'lost', failures });
    };
    const awaitNext = (hasFailed: boolean): void => {
      if (isEntering || over.aborted) return;
      timer?.cancel();
      const turn = beside.next(hasFailed);
      timer = turn && clock.schedule(turn.afterMs, () => void enterNext(turn));
    };
    const run = (attempt: Attempt): void => {
      if (!asking.call) return;
      last = attempt;
      running.add(attempt);
      ask(attempt, asking.call, rules).then(
        (asked) => {
          running.delete(attempt);
          if (over.aborted) {
            letGo(asked);
            return;
          }
          end({ kind: 'won', attempt, asked });
          for (const other of running) other.isOutrun();
        },
        (cause: unknown) => {
          running.delete(attempt);
          failures.push({ attempt, error: asNexusError(cause) });
          loseIfAlone();
          if (attempt === last) awaitNext(true);
        },
      );
    };
    const enterNext = async ({ enter }: Turn): Promise<void> => {
      isEntering = true;
      await enter(over, run).catch(() => undefined);
      isEntering = false;
      loseIfAlone();
      awaitNext(false);
    };

    run(first);
    awaitNext(false);
  });
}

/** Lets go of an answer that came too late. */
function letGo(asked: Asked): void {
  if (asked.kind === 'stream' || asked.kind === 'pieces') asked.reader.release();
}
