/**
 * Whether an answer has to be waited for. Parts that others write may give promises of another realm, or of a library's
 * own: whatever has `then`, as `await` takes it.
 */
export function isPromise<T>(answer: T | Promise<T>): answer is Promise<T> {
  if (answer instanceof Promise) return true;
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}
