import { budgetCases } from './cases/budget-cases.ts';
import type { MakeQuota, QuotaCheck } from './cases/quota-run.ts';
import { QuotaRun } from './cases/quota-run.ts';
import { rateCases } from './cases/rate-cases.ts';
import { takingCases } from './cases/taking-cases.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';
import { checkSkips } from './port-case.ts';

/** One thing every quota has to do. */
export interface QuotaCase extends PortCase {
  /** Id of the field lesson behind it. */
  readonly lesson: string | undefined;
}

/** What {@link quotaCases} is told about a quota. */
export interface QuotaCaseOptions extends PortCaseOptions {
  /**
   * `manual`: it goes by the clock it is made with, which the cases turn. `real`: by a time of its own, for which the
   * cases wait, five seconds altogether; those that would wait for midnight, or for an exact moment, are left out.
   * @default 'manual'
   */
  readonly time?: 'manual' | 'real';
  /** Quotas that are made count together, as those of several processes do. @default false */
  readonly isShared?: boolean;
}

/**
 * What a quota has to do. Keys are new in each run, so that a store may be used again. Knows no test runner:
 * `for (const { name, run } of quotaCases(make)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function quotaCases(make: MakeQuota, options: QuotaCaseOptions = {}): QuotaCase[] {
  const { time = 'manual', isShared = false, skip = {} } = options;
  checkSkips('quotaCases', CASES, skip);
  return Object.entries(CASES).map(([id, one]) => ({
    id,
    lesson: one.lesson,
    name: one.lesson === undefined ? one.name : `${one.lesson}: ${one.name}`,
    skipped: skip[id] ?? lackOf(one, time, isShared),
    async run() {
      const run = new QuotaRun(make, time);
      try {
        await one.check(run);
      } finally {
        await run.close();
      }
    },
  }));
}

const CASES: Readonly<Record<string, QuotaCheck>> = { ...takingCases, ...rateCases, ...budgetCases };

function lackOf({ needs }: QuotaCheck, time: 'manual' | 'real', isShared: boolean): string | undefined {
  if (needs === 'a clock' && time === 'real') return 'its clock cannot be turned';
  return needs === 'company' && !isShared ? 'it counts for itself' : undefined;
}
