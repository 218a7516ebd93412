import type { RedisClient, RedisConnection } from './client.ts';

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
  return {
    get isReady() {
      return client.isReady;
    },
    eval: (script, call) => client.eval(script, call),
    evalSha: (sha1, call) => client.evalSha(sha1, call),
    close() {
      if (isOpen) client.destroy();
      isOpen = false;
    },
  };
}
