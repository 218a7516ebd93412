/** A thread that has a ledger in a file, or reads one whole, for one that must not wait for its disk. */
import { parentPort, workerData } from 'node:worker_threads';
import { checkCopy } from './check-copy.ts';
import { findDriver } from './find-driver.ts';
import { localSteps } from './local-steps.ts';
import type { DatabaseOptions } from './open-database.ts';
import { sentError, type ThreadAnswer, type ThreadQuestion } from './thread-messages.ts';

// Whoever imports it in a thread that is none of ours gets nothing from it.
if (parentPort && isOptions(workerData)) serve(parentPort, workerData);
if (parentPort && isCheck(workerData)) void check(parentPort, workerData.check);

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

async function check(port: NonNullable<typeof parentPort>, copy: string): Promise<void> {
  try {
    port.postMessage({ id: 0, value: checkCopy(await findDriver(), copy) } satisfies ThreadAnswer);
  } catch (cause) {
    port.postMessage({ id: 0, error: sentError(cause) } satisfies ThreadAnswer);
  }
}

function isCheck(data: unknown): data is { readonly check: string } {
  return typeof data === 'object' && data !== null && 'check' in data && typeof data.check === 'string';
}

function isOptions(data: unknown): data is DatabaseOptions {
  return typeof data === 'object' && data !== null && 'file' in data && 'busyTimeoutMs' in data;
}
