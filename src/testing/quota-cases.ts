import { budgetCases } from './cases/budget-cases.ts';
import type { MakeQuota, QuotaCheck } from './cases/quota-run.ts';
import { QuotaRun } from './cases/quota-run.ts';
import { rateCases } from './cases/rate-cases.ts';
import { takingCases } from './cases/taking-cases.ts';

/** One thing every quota has to do. */
export interface QuotaCase {
  /** Stable, to name it in a skip. */
  readonly id: string;
  /** Id of the field lesson behind it. */
  readonly lesson: string | undefined;
  /** Begins with the lesson. */
  readonly name: string;
  /** Why this quota need not do it. */
  readonly skipped: string | undefined;
  /** Rejects with an `Error` that says what was expected and what came. */
  readonly run: () => Promise<void>;
}

/** What {@link quotaCases} is told about a quota. */
export interface QuotaCaseOptions {
  /**
   * `manual`: it goes by the clock it is made with, which the cases turn. `real`: by a time of its own, for which the
   * cases wait, a second altogether; those that would wait for midnight are left out.
   * @default 'manual'
   */
  readonly time?: 'manual' | 'real';
  /** Quotas that are made count together, as those of several processes do. @default false */
  readonly isShared?: boolean;
  /** Cases it need not pass: the reason by the case's id. */
  readonly skip?: Readonly<Record<string, string>>;
}

/**
 * What a quota has to do. Keys are new in each run, so that a store may be used again. Knows no test runner:
 * `for (const { name, run } of quotaCases(make)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function quotaCases(make: MakeQuota, options: QuotaCaseOptions = {}): QuotaCase[] {
  const { time = 'manual', isShared = false, skip = {} } = options;
  for (const [id, reason] of Object.entries(skip)) {
    if (!(id in CASES)) throw new TypeError(`quotaCases: skip["${id}"] names no case.`);
    if (reason === '') throw new TypeError(`quotaCases: skip["${id}"] needs a reason.`);
  }
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
  if (needs === 'a calendar' && time === 'real') return 'its calendar cannot be turned';
  return needs === 'company' && !isShared ? 'it counts for itself' : undefined;
}
