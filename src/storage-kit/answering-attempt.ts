import type { AttemptRecord } from '../ports/stats-sink.ts';

/**
 * Place of the attempt whose answer was delivered: the last that had content, since one that failed at going on with an
 * answer gave nothing of it. Where none had, the last; -1 where none was made.
 */
export function answeringPlace(attempts: readonly AttemptRecord[]): number {
  // Nearly always there is one.
  if (attempts.length === 1) return 0;
  const place = attempts.findLastIndex(
    ({ outcome, firstContentMs }) => outcome === 'ok' || firstContentMs !== undefined,
  );
  return place < 0 ? attempts.length - 1 : place;
}
