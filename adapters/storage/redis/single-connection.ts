import type { RedisClient, RedisConnection } from './client.ts';
import { isErrorReply } from './scripts.ts';

/** One that is a replica for good must not be connected to anew by everybody who asks. */
const LEFT_EVERY_MS = 1_000;

/** A client of one server; connects by itself for as long as it is open. */
interface SingleClient extends RedisClient {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (cause: unknown) => void): unknown;
}

/** Opens the connection. Resolves when it is there, or when the first try has failed. */
export async function singleConnection(client: SingleClient): Promise<RedisConnection> {
  await new Promise<void>((resolve) => {
    // Without a listener an error of the connection would end the process. Who is refused is told by its own rejection.
    client.on('error', () => resolve());
    client.connect().then(
      () => resolve(),
      () => resolve(),
    );
  });
  let isOpen = true;
  let leftAtMs = -Infinity;
  /** A server that has become a replica keeps its connections. Another one may be found in its place by now. */
  const leave = (): void => {
    if (!isOpen || performance.now() - leftAtMs < LEFT_EVERY_MS) return;
    leftAtMs = performance.now();
    client.destroy();
    client.connect().catch(() => undefined);
  };
  const heard = (answer: Promise<unknown>): Promise<unknown> =>
    answer.catch((cause: unknown) => {
      if (isErrorReply(cause) && cause.message.startsWith('READONLY')) leave();
      throw cause;
    });
  return {
    get isReady() {
      return client.isReady;
    },
    eval: (script, call) => heard(client.eval(script, call)),
    evalSha: (sha1, call) => heard(client.evalSha(sha1, call)),
    close() {
      if (isOpen) client.destroy();
      isOpen = false;
    },
  };
}
