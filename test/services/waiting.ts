import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const READY_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Ports from here on are the system's to give, to whoever asks for any and to every connection: these are not. */
const FIRST_OF_SYSTEM = 32_768;
const FIRST_PORT = 10_000;
const given = new Set<number>();

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

/** A port of this machine that nobody listens to, and that is given to nobody else while whoever asked for it is gone. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, FIRST_OF_SYSTEM);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
