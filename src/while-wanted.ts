import { isPromise } from './defaults/is-promise.ts';
import { NexusError } from './errors.ts';

/**
 * Waits for a part that may be slow or never answer, no longer than somebody wants it.
 * @throws NexusError `cancelled` when `signal` aborts.
 */
export function whileWanted<T>(pending: T | Promise<T>, signal: AbortSignal): T | Promise<T> {
  if (!isPromise(pending)) return pending;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(new NexusError('cancelled', 'The caller left before it was known who it is.'));
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    void Promise.resolve(pending)
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', leave);
      });
  });
}
