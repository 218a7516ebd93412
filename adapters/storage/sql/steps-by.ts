import { STEP_KINDS } from './step-kinds.ts';
import type { StorageSteps } from './storage-steps.ts';

/** Takes a step, wherever the database is. */
export type TakeStep = <Step extends keyof StorageSteps>(
  step: Step,
  ...values: Parameters<StorageSteps[Step]>
) => ReturnType<StorageSteps[Step]>;

/** Steps that all are taken in one way. */
export function stepsBy(take: TakeStep): StorageSteps {
  const names = Object.keys(STEP_KINDS) as (keyof StorageSteps)[];
  const steps = names.map((step) => [step, (...values: never[]) => (take as Taken)(step, ...values)] as const);
  return Object.fromEntries(steps) as unknown as StorageSteps;
}

type Taken = (step: keyof StorageSteps, ...values: never[]) => unknown;
