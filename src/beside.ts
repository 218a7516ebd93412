import type { AnswerRules } from './answer-check.ts';
import type { Attempt } from './attempt.ts';
import { enter } from './enter.ts';
import { partFailed } from './failing-part.ts';
import type { Hedging } from './hedging.ts';
import type { AttemptReason } from './ports/index.ts';
import type { Stop } from './provider-kit/stop.ts';
import type { Begun, Beside, Race, Turn } from './race.ts';
import { askBeside, askOne } from './race.ts';
import type { Search } from './search.ts';
import { timeLeftMs } from './search.ts';

/**
 * Asks a target for an answer, and another one beside it when it is slow to begin: where the owner wants that, and where
 * too little time is left to wait for it first. Never rejects.
 */
export function askTargets(attempt: Attempt, search: Search, rules: AnswerRules): Promise<Race> {
  const { call, parts } = search;
  const hedge = hedgeFor(attempt, search);
  if (!hedge && !isShortOfTime(search)) return askOne(attempt, call, rules);
  return askBeside(attempt, new SlowToBegin(search, { hedge }), call, rules, parts.clock);
}

/** The same for who goes on with an answer: nobody is asked beside it before its time is short. */
export function askToGoOn(attempt: Attempt, search: Search, rules: AnswerRules): Promise<Race> {
  const { call, parts } = search;
  if (!isShortOfTime(search)) return askOne(attempt, call, rules);
  return askBeside(attempt, new SlowToBegin(search, { reason: 'continuation' }), call, rules, parts.clock);
}

/** Whom the owner wants to be asked beside one that takes longer than usual, and when. */
interface Hedge {
  readonly hedging: Hedging;
  readonly afterMs: number;
}

function hedgeFor({ target }: Attempt, search: Search): Hedge | undefined {
  const { hedging, circuit } = search.parts;
  const afterMs = hedging?.delayFor(search.facts);
  if (!hedging || afterMs === undefined) return undefined;
  // A probe that lost would tell the circuit nothing, and the target would be left alone for ever.
  const isProbe = (): boolean => circuit.state(target).kind === 'half-open';
  return unlessItFails(isProbe, true, search) ? undefined : { hedging, afterMs };
}

/** A stream that takes all of the time would be failed over by nobody, although somebody else could be asked. */
function isShortOfTime(search: Search): boolean {
  const { visit, plan, parts } = search;
  if (!visit.streamed || timeLeftMs(search) > parts.time.firstContentMs) return false;
  return unlessItFails(() => plan.hasOthers(), false, search);
}

/** What the circuit breaker tells of targets. One that fails at it costs nobody the answer that is under way. */
function unlessItFails(tell: () => boolean, otherwise: boolean, { visit, parts }: Search): boolean {
  try {
    return tell();
  } catch (cause) {
    partFailed(cause, 'the circuit breaker failed at telling of targets', { requestId: visit.requestId }, parts);
    return otherwise;
  }
}

/** Who is asked beside one that is slow to begin. */
class SlowToBegin implements Beside {
  readonly #search: Search;
  /** In place of the plan's own. */
  readonly #reason: AttemptReason | undefined;
  /** Absent where the owner does not want it, and once it was done. */
  #hedge: { readonly hedging: Hedging; readonly dueMs: number } | undefined;
  /** Whoever is beside the one that was asked last had half of the time. */
  #othersHadTime = false;

  constructor(
    search: Search,
    { hedge, reason }: { readonly hedge?: Hedge | undefined; readonly reason?: AttemptReason },
  ) {
    this.#search = search;
    this.#reason = reason;
    this.#hedge = hedge && { hedging: hedge.hedging, dueMs: search.visit.age() + hedge.afterMs };
  }

  next(hasFailed: boolean): Turn | undefined {
    const hedge = this.#hedgeTurn();
    const inTime = this.#turnInTime(hasFailed);
    return hedge && inTime && inTime.afterMs < hedge.afterMs ? inTime : (hedge ?? inTime);
  }

  #hedgeTurn(): Turn | undefined {
    const hedge = this.#hedge;
    if (!hedge) return undefined;
    return {
      afterMs: Math.max(0, hedge.dueMs - this.#search.visit.age()),
      enter: (over, begun) => this.#enterBeside(hedge.hedging, over, begun),
    };
  }

  async #enterBeside(hedging: Hedging, over: Stop, begun: Begun): Promise<void> {
    this.#hedge = undefined;
    this.#othersHadTime = false;
    const step = hedging.hasRoom() ? this.#search.plan.nextBeside() : undefined;
    if (!step) return;
    await enter(step, this.#search, {
      reason: 'hedge',
      over,
      // Others may have used up the room while this one waited for flow control.
      isWanted: () => hedging.hasRoom(),
      begun: (attempt) => {
        hedging.spend();
        begun(attempt);
      },
    });
  }

  /** Half of what is left is for the one that was asked last. When that has failed before, nobody else is waited for. */
  #turnInTime(hasFailed: boolean): Turn | undefined {
    if (!isShortOfTime(this.#search)) return undefined;
    return {
      afterMs: hasFailed && this.#othersHadTime ? 0 : timeLeftMs(this.#search) / 2,
      enter: (over, begun) => this.#enterNext(over, begun),
    };
  }

  async #enterNext(over: Stop, begun: Begun): Promise<void> {
    this.#othersHadTime = true;
    const { plan } = this.#search;
    for (let step = plan.nextMeanwhile(); step && !over.aborted; step = plan.nextMeanwhile())
      if (await enter(step, this.#search, { reason: this.#reason, over, begun })) return;
  }
}
