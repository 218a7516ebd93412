import type { RedisClient, RedisConnection, ScriptCall } from './client.ts';
import { pauseMs } from './pause.ts';
import { isErrorReply } from './scripts.ts';

/** A client of a cluster. It connects once, and gives a node up that has gone. */
interface ClusterClient extends RedisClient {
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (cause: unknown) => void): unknown;
}

/**
 * Opens the connection. Resolves when it is there, or when the first try has failed.
 *
 * When the node that has our keys is away, another may have taken its place; a client that is made anew finds it.
 */
export async function clusterConnection(make: () => ClusterClient): Promise<RedisConnection> {
  const connection = new ClusterConnection(make);
  await connection.firstTry;
  return connection;
}

class ClusterConnection implements RedisConnection {
  readonly firstTry: Promise<void>;
  readonly #make: () => ClusterClient;
  #client: ClusterClient | undefined;
  #isOpen = true;
  #isLooking = false;
  #pause: NodeJS.Timeout | undefined;
  /** Tries since the last answer. */
  #tries = 0;

  constructor(make: () => ClusterClient) {
    this.#make = make;
    this.firstTry = this.#look();
  }

  get isReady(): boolean {
    return this.#client !== undefined && !this.#isLooking;
  }

  eval(script: string, call: ScriptCall): Promise<unknown> {
    return this.#answerOf((client) => client.eval(script, call));
  }

  evalSha(sha1: string, call: ScriptCall): Promise<unknown> {
    return this.#answerOf((client) => client.evalSha(sha1, call));
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#pause);
    letGo(this.#client);
    this.#client = undefined;
  }

  async #answerOf(command: (client: ClusterClient) => Promise<unknown>): Promise<unknown> {
    const client = this.#client;
    if (!client) throw new Error('No node of the Redis Cluster can be reached.');
    try {
      const answer = await command(client);
      this.#tries = 0;
      return answer;
    } catch (cause) {
      if (!isErrorReply(cause) && client === this.#client) void this.#look();
      throw cause;
    }
  }

  /** Resolves after the first try; goes on until one succeeds. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    if (this.#tries > 0) await this.#paused(pauseMs(this.#tries));
    this.#tries++;
    const found = await this.#connected();
    this.#isLooking = false;
    if (!this.#isOpen) letGo(found);
    else if (found) {
      letGo(this.#client);
      this.#client = found;
    } else void this.#look();
  }

  /** Nobody waits for it: commands are refused meanwhile. */
  #paused(ms: number): Promise<void> {
    return new Promise((resolve) => (this.#pause = setTimeout(resolve, ms)));
  }

  async #connected(): Promise<ClusterClient | undefined> {
    const client = this.#make();
    // Without a listener an error of a node would end the process. Who is refused is told by its own rejection.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch {
      return undefined;
    }
  }
}

/** A client whose node has gone throws when it is told to go, too. */
function letGo(client: ClusterClient | undefined): void {
  try {
    client?.destroy();
  } catch {
    // It has gone already.
  }
}
