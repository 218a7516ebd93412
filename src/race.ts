import type { AnswerRules } from './answer-check.ts';
import { ask } from './ask.ts';
import type { Asked } from './asked.ts';
import type { Attempt } from './attempt.ts';
import type { Call } from './call.ts';
import { asNexusError, NexusError } from './errors.ts';
import type { Clock } from './ports/index.ts';

/** What came of asking one target, or one and another beside it. */
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

/**
 * Asks one target, and when its answer has not begun after `afterMs` another one beside it. The first to begin is
 * taken, the other is stopped. Never rejects.
 *
 * @param second enters the other target, unless it hears that it is no longer wanted, and tells of the attempt as it
 *   begins; resolves when it has begun, or when there is none to ask now.
 */
export function askBeside(
  first: Attempt,
  second: (isWanted: () => boolean, begun: (attempt: Attempt) => void) => Promise<void>,
  call: Call,
  rules: AnswerRules,
  afterMs: number,
  clock: Clock,
): Promise<Race> {
  return new Promise((resolve) => {
    const running = new Set<Attempt>();
    const failures: LostAttempt[] = [];
    // An error's stack keeps the functions on it, and they what they enclose: it is not to be the request.
    const asking: { call: Call | undefined } = { call };
    let isOver = false;
    let isEntering = false;

    const end = (race: Race): void => {
      isOver = true;
      asking.call = undefined;
      timer.cancel();
      resolve(race);
    };
    const loseIfAlone = (): void => {
      if (running.size === 0 && !isEntering && !isOver) end({ kind: 'lost', failures });
    };
    const run = (attempt: Attempt): void => {
      if (!asking.call) return;
      running.add(attempt);
      ask(attempt, asking.call, rules).then(
        (asked) => {
          running.delete(attempt);
          if (isOver) {
            letGo(asked);
            return;
          }
          end({ kind: 'won', attempt, asked });
          for (const other of running) other.abandon(slower());
        },
        (cause: unknown) => {
          running.delete(attempt);
          failures.push({ attempt, error: asNexusError(cause) });
          loseIfAlone();
        },
      );
    };
    const enterSecond = async (): Promise<void> => {
      isEntering = true;
      await second(() => !isOver, run).catch(() => undefined);
      isEntering = false;
      loseIfAlone();
    };

    const timer = clock.schedule(afterMs, () => void enterSecond());
    run(first);
  });
}

function slower(): NexusError {
  return new NexusError('cancelled', 'Another provider began to answer first.');
}

/** Lets go of an answer that came too late. */
function letGo(asked: Asked): void {
  if (asked.kind === 'stream' || asked.kind === 'pieces') asked.reader.release();
}
