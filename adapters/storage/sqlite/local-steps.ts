import type { LedgerSteps } from '../sql/ledger-steps.ts';
import { Opening } from '../sql/opening.ts';
import { stepsBy, type TakeStep } from '../sql/steps-by.ts';
import type { SqliteDriver } from './driver.ts';
import type { DatabaseOptions } from './open-database.ts';
import type { OwnSteps } from './own-steps.ts';

interface OpenSteps {
  readonly steps: LedgerSteps;
  readonly close: () => Promise<void>;
}

/** The steps over a file, in this thread: it opens when it is first used, and again where that failed. */
export function localSteps(options: DatabaseOptions, driver?: SqliteDriver): OwnSteps {
  const opening = new Opening(() => open(options, driver));
  const take = async (step: keyof LedgerSteps, ...values: never[]): Promise<unknown> => {
    const run: (...values: never[]) => Promise<unknown> = (await opening.done()).steps[step];
    return run(...values);
  };
  return {
    ...stepsBy(take as TakeStep),
    async open() {
      await opening.done();
    },
    close: () => opening.close(),
  };
}

/** Its program is loaded when it is needed: whoever has a thread for it does not need it here. */
async function open(options: DatabaseOptions, driver: SqliteDriver | undefined): Promise<OpenSteps> {
  const [{ openDatabase }, { stepsOver }, { SQLITE }] = await Promise.all([
    import('./open-database.ts'),
    import('../sql/ledger-steps.ts'),
    import('./sqlite-dialect.ts'),
  ]);
  const { db, close } = await openDatabase(options, driver);
  return { steps: stepsOver(db, SQLITE), close };
}
