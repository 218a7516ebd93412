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
  let isTelling = false;
  const write = (
    level: keyof Logger,
    record: object,
    message: string,
    taken: () => void,
    failed: (cause: unknown) => void,
  ): void => {
    try {
      const answer = answering[level](record, message);
      // It is taken when that is told. A rejection that nobody hears would end the process.
      if (isPromise(answer)) answer.then(taken, failed);
      else taken();
    } catch (cause) {
      failed(cause);
    }
  };
  const failed = (cause: unknown): void => {
    lost++;
    lastCause = cause;
  };
  const taken = (): void => {
    // One warning at a time: of many lines that are taken while it is under way each would begin another. A logger that
    // never says what became of one is told of no more.
    if (lost > 0 && !isTelling) tellOfLost();
  };
  const tellOfLost = (): void => {
    const record = { lost, cause: lastCause };
    [lost, lastCause, isTelling] = [0, undefined, true];
    write(
      'warn',
      record,
      'the logger failed: so many lines are lost',
      () => {
        isTelling = false;
      },
      (cause) => {
        isTelling = false;
        lost += record.lost;
        lastCause = cause;
      },
    );
  };
  const level = (name: keyof Logger) => (record: object, message: string) => {
    write(name, record, message, taken, failed);
  };
  const guarded = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
  unfailing.add(guarded);
  return guarded;
}
