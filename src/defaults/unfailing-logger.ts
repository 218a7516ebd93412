import type { Logger } from '../ports/logger.ts';
import { isPromise } from './is-promise.ts';

/** One around another would guard nothing more. */
const unfailing = new WeakSet<Logger>();

/**
 * A logger that whoever tells it something need not guard: what the other one throws, or rejects with, ends here. A line
 * is never worth the request, the record or the lease of whoever wrote it. Lines that were lost are told of, with what
 * the last one failed by, beside the next one that is taken.
 */
export function unfailingLogger(logger: Logger): Logger {
  if (unfailing.has(logger)) return logger;
  // Nobody said that it has to be done when it returns.
  const answering: Record<keyof Logger, (record: object, message: string) => unknown> = logger;
  let lost = 0;
  let lastCause: unknown;
  const failed = (cause: unknown): void => {
    lost++;
    lastCause = cause;
  };
  const isTaken = (level: keyof Logger, record: object, message: string): boolean => {
    try {
      const answer = answering[level](record, message);
      // A rejection that nobody hears would end the process.
      if (isPromise(answer)) answer.then(undefined, failed);
      return true;
    } catch (cause) {
      failed(cause);
      return false;
    }
  };
  const tellOfLost = (): void => {
    const record = { lost, cause: lastCause };
    [lost, lastCause] = [0, undefined];
    if (!isTaken('warn', record, 'the logger failed: so many lines are lost')) lost = record.lost;
  };
  const level = (name: keyof Logger) => (record: object, message: string) => {
    if (isTaken(name, record, message) && lost > 0) tellOfLost();
  };
  const guarded = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
  unfailing.add(guarded);
  return guarded;
}
