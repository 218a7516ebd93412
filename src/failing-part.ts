import { isPromise } from './defaults/is-promise.ts';
import type { Parts } from './parts.ts';
import type { Target } from './ports/index.ts';

// What is told only for its own sake (of an end, of a count, of a place that is free) fails no request and keeps nobody
// else from being told.

/** Whose part failed: a request's, or that of an attempt at a target. */
type Whose = { readonly requestId: string } | Pick<Target, 'id'>;

/**
 * What is asked for nothing may be asynchronous all the same. Nobody waits for it; a rejection that nobody hears would
 * end the process.
 */
export function hear(answer: unknown, message: string, whose: Whose, parts: Parts): void {
  if (isPromise(answer))
    answer.then(undefined, (cause: unknown) => {
      partFailed(cause, message, whose, parts);
    });
}

/** Says so in the log. */
export function partFailed(cause: unknown, message: string, whose: Whose, { logger }: Parts): void {
  logger.error('id' in whose ? { target: whose.id, cause } : { requestId: whose.requestId, cause }, message);
}
