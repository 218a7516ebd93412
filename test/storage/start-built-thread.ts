import { Worker, type WorkerOptions } from 'node:worker_threads';

import { inject } from 'vitest';

/**
 * Takes the place of `startWorker` wherever a database of a test starts its threads: one that is translated as it starts
 * takes a second of the processor, each time. What starts from its sources is tested by its own name.
 */
export function startWorker(options: WorkerOptions): Worker {
  return new Worker(inject('threadProgram'), options);
}
