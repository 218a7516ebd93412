import { createHash } from 'node:crypto';
import type { RedisClient } from './client.ts';

/** A Lua script, and the name Redis keeps it under. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

/** Makes a script of parts that follow each other. */
export function scriptOf(...parts: readonly string[]): Script {
  const text = parts.join('\n');
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** Replies of a server that is not well: it understood us, and another command would fare no better. */
const PASSING = /^(LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|READONLY|OOM|MISCONF|MOVED|ASK|NOREPLICAS|UNKILLABLE) /;

/**
 * Runs scripts: by their names, and whole where Redis does not have them yet. A proxy that refuses `EVALSHA` is not
 * asked for it again. `SCRIPT` is not used at all: `EVAL` keeps the script, too.
 */
export class Scripts {
  readonly #client: RedisClient;
  #mayUseNames = true;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  async run({ text, sha1 }: Script, keys: string[], values: string[]): Promise<unknown> {
    const call = { keys, arguments: values };
    if (!this.#mayUseNames) return this.#client.eval(text, call);
    try {
      return await this.#client.evalSha(sha1, call);
    } catch (cause) {
      // Whoever refused it has not run it. Where nobody replied it may have run, and must not run twice.
      if (!isFinal(cause)) throw cause;
      const answer = await this.#client.eval(text, call);
      if (!cause.message.startsWith('NOSCRIPT')) this.#mayUseNames = false;
      return answer;
    }
  }
}

/**
 * True for what a server or a proxy replied, as opposed to failures of the connection. Clients have a class for it, by
 * whatever copy of theirs; by convention it begins with a word in capitals.
 */
export function isErrorReply(cause: unknown): cause is Error {
  if (!(cause instanceof Error)) return false;
  if (/^[A-Z]{3,}\b/.test(cause.message)) return true;
  for (let kind: unknown = Object.getPrototypeOf(cause); kind instanceof Error; kind = Object.getPrototypeOf(kind))
    if (/^(ErrorReply|ReplyError)$/.test(kind.constructor.name)) return true;
  return false;
}

/** True for an error reply that would come again, however often one asks. */
export function isFinal(cause: unknown): cause is Error {
  return isErrorReply(cause) && !PASSING.test(cause.message);
}
