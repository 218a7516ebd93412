/** A thread that has a ledger in a file, for one that must not wait for its disk. */
import { parentPort, workerData } from 'node:worker_threads';
import { localSteps } from './local-steps.ts';
import type { DatabaseOptions } from './open-database.ts';
import { sentError, type ThreadAnswer, type ThreadQuestion } from './thread-messages.ts';

// Whoever imports it in a thread that is none of ours gets nothing from it.
if (parentPort && isOptions(workerData)) serve(parentPort, workerData);

function serve(port: NonNullable<typeof parentPort>, options: DatabaseOptions): void {
  const steps = localSteps(options);
  const answer = async ({ id, step, values }: ThreadQuestion): Promise<ThreadAnswer> => {
    try {
      const run: (...values: never[]) => Promise<unknown> = steps[step];
      return { id, value: await run(...(values as never[])) };
    } catch (cause) {
      return { id, error: sentError(cause) };
    }
  };
  port.on('message', (question: ThreadQuestion) => void answer(question).then((message) => port.postMessage(message)));
}

function isOptions(data: unknown): data is DatabaseOptions {
  return typeof data === 'object' && data !== null && 'file' in data && 'busyTimeoutMs' in data;
}
