import { migrate } from '../sql/migrate.ts';
import { STEP_KINDS } from '../sql/step-kinds.ts';
import { type StorageSteps, stepsOver } from '../sql/storage-steps.ts';
import { type ConnectionOptions, connect } from './connect.ts';
import { POSTGRES } from './postgres-dialect.ts';
import { Replica } from './replica.ts';

/** A ledger's servers. */
export interface Servers {
  readonly primary: ConnectionOptions;
  readonly replica: ConnectionOptions | undefined;
  readonly maxLagMs: number;
}

/** Open connections, by which steps are taken. */
export interface OpenServers {
  readonly take: (step: keyof StorageSteps, ...values: never[]) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

/** Connects, and brings the tables up to date. */
export async function openServers({ primary, replica, maxLagMs }: Servers): Promise<OpenServers> {
  const main = await connect(primary);
  try {
    await migrate(main, POSTGRES);
  } catch (cause) {
    await main.destroy();
    throw cause;
  }
  const mainSteps = stepsOver(main, POSTGRES);
  if (!replica) return { take: (step, ...values) => run(mainSteps, step, values), close: () => main.destroy() };
  const second = await connect(replica);
  const secondSteps = stepsOver(second, POSTGRES);
  const answerWithinMs = replica.connectTimeoutMs;
  const watch = new Replica({ replica: second, primary: main, maxLagMs, answerWithinMs });
  return {
    async take(step, ...values) {
      // Not what others write by: it may be behind.
      if (STEP_KINDS[step] !== 'show' || !(await watch.isFit())) return run(mainSteps, step, values);
      try {
        return await run(secondSteps, step, values);
      } catch {
        // It is away, in the way of what it replays, or has not got the tables yet. What is wrong with the question is
        // wrong with it there, too.
        watch.failed();
        return run(mainSteps, step, values);
      }
    },
    close: () => Promise.all([main.destroy(), second.destroy()]),
  };
}

/** Two that write the same entry at once get in each other's way; who comes second finds it there. */
const WRITTEN_MEANWHILE = /^(23505|40001|40P01)$/;

async function run(steps: StorageSteps, step: keyof StorageSteps, values: never[]): Promise<unknown> {
  const take: (...values: never[]) => Promise<unknown> = steps[step];
  try {
    return await take(...values);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!WRITTEN_MEANWHILE.test(code)) throw cause;
    return take(...values);
  }
}
