import type { AnswerCache } from '../ports/answer-cache.ts';
import { answerCacheChecks } from './cases/answer-cache-checks.ts';
import { overTwo } from './cases/over-two.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where the answers of a case are. */
export interface AnswerCachePlace {
  /** A cache over this place, as another process would have it: all of one place see the same. */
  open(): AnswerCache | Promise<AnswerCache>;
  /** Lets time pass for the caches. @default real time passes */
  wait?: (ms: number) => Promise<void>;
  /** Empties the place and gives it back. The caches were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a cache of answers has to do while it has room. Each case has a place of its own, empty at first. Knows no test
 * runner: `for (const { name, run } of answerCacheCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function answerCacheCases(
  place: () => AnswerCachePlace | Promise<AnswerCachePlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('answerCacheCases', answerCacheChecks, options, ({ check }) => overTwo(place(), check));
}
