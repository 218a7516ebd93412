import type { AnswerReader } from './answer-reader.ts';
import type { Attempt } from './attempt.ts';
import { NexusError } from './errors.ts';
import type { Clock } from './ports/index.ts';

/** Longer streams are not read to their end: there is no end to be expected. */
const MOST_READS = 100_000;

/**
 * Reads an answer nobody wants any more to its end, for what its provider tells there: within its own limits, and within
 * this time. Resolves when that is over, however it went.
 *
 * @param pending the read that is under way.
 */
export async function drain(
  attempt: Pick<Attempt, 'cut'>,
  reader: AnswerReader<unknown>,
  pending: Promise<unknown> | undefined,
  withinMs: number,
  clock: Clock,
): Promise<void> {
  const timer = clock.schedule(withinMs, () => {
    attempt.cut(new NexusError('cancelled', 'The caller left, and the provider did not come to an end in time.'));
  });
  try {
    // It says that the caller has left, or how the provider failed; the next read says so again.
    await pending?.catch(() => undefined);
    for (let reads = 0; reads < MOST_READS; reads++) if (!(await reader.read())) break;
  } catch {
    // What it had told by then is all there is.
  } finally {
    timer.cancel();
  }
}
