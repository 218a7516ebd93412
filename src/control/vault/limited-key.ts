import type { MasterKey } from '../../master-key-source.ts';
import type { Clock } from '../../ports/clock.ts';

/** Longer than a service takes that is well. A start, and every change of the configuration, may wait for it. */
const LONGEST_CALL_MS = 5_000;

/** The owner's own key, whose service is waited for no longer than it may take. */
export function limitedKey(key: MasterKey, clock: Clock): MasterKey {
  return {
    id: key.id,
    wrap: (dataKey) => inTime(async () => key.wrap(dataKey), clock),
    unwrap: (wrapped) => inTime(async () => key.unwrap(wrapped), clock),
  };
}

function inTime<Result>(ask: () => Promise<Result>, clock: Clock): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(LONGEST_CALL_MS, () => {
      reject(new Error(`The service of the master key did not answer within ${String(LONGEST_CALL_MS)} ms.`));
    });
    void ask()
      .then(resolve, reject)
      .finally(() => {
        timer.cancel();
      });
  });
}
