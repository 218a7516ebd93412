import type { DatabaseOptions } from './open-database.ts';
import type { OpenableSteps } from '../sql/openable-steps.ts';
import { IN_MEMORY } from './prepare-file.ts';
import { STEP_KINDS } from '../sql/step-kinds.ts';
import { stepsBy, type TakeStep } from '../sql/steps-by.ts';
import { startWorker } from './start-worker.ts';
import { Thread } from './thread.ts';

/**
 * The steps over a file, in threads of their own: one writes, the other reads. A search that takes seconds is in the way
 * of no entry then.
 */
export function threadSteps(options: DatabaseOptions, start: typeof startWorker = startWorker): OpenableSteps {
  const writer = new Thread(options, start);
  // What is in memory is in the memory of one connection.
  const reader = options.file === IN_MEMORY ? writer : new Thread(options, start);
  const take: TakeStep = (step, ...values) => (STEP_KINDS[step] === 'write' ? writer : reader).ask(step, ...values);
  return {
    ...stepsBy(take),
    async open() {
      // The writer first, who makes the tables. Nobody waits for the reader's start afterwards, least of all what is written.
      await writer.ask('open');
      await reader.ask('open');
    },
    async close() {
      await Promise.all([...new Set([writer, reader])].map((thread) => thread.close()));
    },
  };
}
