import { Opening } from '../sql/opening.ts';
import { stepsBy, type TakeStep } from '../sql/steps-by.ts';
import type { StorageSteps } from '../sql/storage-steps.ts';
import type { SqliteDriver } from './driver.ts';
import type { DatabaseOptions } from './open-database.ts';
import type { OpenableSteps } from '../sql/openable-steps.ts';

interface OpenSteps {
  readonly steps: StorageSteps;
  readonly close: () => Promise<void>;
}

/** The steps over a file, in this thread: it opens when it is first used, and again where that failed. */
export function localSteps(options: DatabaseOptions, driver?: SqliteDriver): OpenableSteps {
  const opening = new Opening(() => open(options, driver));
  const take = async (step: keyof StorageSteps, ...values: never[]): Promise<unknown> => {
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
    import('../sql/storage-steps.ts'),
    import('./sqlite-dialect.ts'),
  ]);
  const { db, close } = await openDatabase(options, driver);
  return { steps: stepsOver(db, SQLITE), close };
}
