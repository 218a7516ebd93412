import { once } from 'node:events';
import { startWorker } from './start-worker.ts';
import { receivedError, type ThreadAnswer } from './thread-messages.ts';

/**
 * As {@link checkCopy}, in a thread of its own: a large copy is read for seconds, and all that time the thread that reads
 * does nothing else.
 */
export async function checkInThread(copy: string, signal: AbortSignal | undefined): Promise<number> {
  const worker = startWorker({ workerData: { check: copy }, name: 'nexusai-hub-check' });
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`The thread that read the copy has ended with code ${String(code)}.`);
  });
  try {
    const [answer] = (await Promise.race([once(worker, 'message', { signal }), ended])) as [ThreadAnswer];
    if ('error' in answer) throw receivedError(answer.error);
    return answer.value as number;
  } finally {
    // That it ends now is no news.
    ended.catch(() => undefined);
    await worker.terminate();
  }
}
