import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const READY_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Resolves when it is so. For what other processes do; nothing tells us but looking. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<void> {
  const from = process.hrtime.bigint();
  while (!(await isSo())) {
    if (process.hrtime.bigint() - from > BigInt(READY_WITHIN_MS) * 1_000_000n)
      throw new Error(`Not within ${READY_WITHIN_MS} ms: ${what}.`);
    await pause(lookEveryMs);
  }
}

/** A port of this machine that nobody listens to. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('There is no free port.'));
      });
    });
  });
}
