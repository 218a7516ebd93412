import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Encoding } from '../../openai/tokens/encodings.ts';
import type { Encoder } from './encoder.ts';

/**
 * What runs in the thread. It is text, because a file of its own would have to be found from every format and bundle
 * that this one may end up in.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { get_encoding: load } = require(workerData);
const encoders = new Map();
parentPort.on('message', ({ id, encoding, pieces }) => {
  try {
    let encoder = encoders.get(encoding);
    if (!encoder) encoders.set(encoding, (encoder = load(encoding)));
    let tokens = 0;
    for (const piece of pieces) tokens += encoder.encode_ordinary(piece).length;
    parentPort.postMessage({ id, tokens });
  } catch (cause) {
    parentPort.postMessage({ id, failure: String(cause) });
  }
});
`;

/** The thread's answer to a job. */
type Reply = { readonly id: number; readonly tokens: number } | { readonly id: number; readonly failure: string };

interface Job {
  readonly pieces: readonly string[];
  readonly encoding: Encoding;
  readonly resolve: (tokens: number) => void;
  readonly reject: (cause: Error) => void;
}

/** Begins a thread. Throws where there are none to be had. */
export type BeginThread = () => Worker;

/**
 * Encodes in a thread of its own, so that neither loading an encoding (60 ms) nor any text holds up the loop. It begins
 * with the first text, and keeps the process alive only while it is counting.
 * @param instead takes over when the thread cannot be had or has died, also what was under way.
 */
export class EncoderThread implements Encoder {
  readonly #instead: Encoder;
  readonly #begin: BeginThread;
  readonly #jobs = new Map<number, Job>();
  #lastId = 0;
  #thread: Worker | undefined;
  #isLost = false;

  constructor(instead: Encoder, begin: BeginThread = beginThread) {
    this.#instead = instead;
    this.#begin = begin;
  }

  count(pieces: readonly string[], encoding: Encoding): Promise<number> {
    const thread = this.#running();
    if (!thread) return this.#instead.count(pieces, encoding);
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#jobs.set(id, { pieces, encoding, resolve, reject });
      if (this.#jobs.size === 1) thread.ref();
      thread.postMessage({ id, encoding, pieces });
    });
  }

  close(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    thread?.removeAllListeners();
    // What goes wrong with it now is nobody's concern; without a listener it would end the process.
    thread?.on('error', () => undefined);
    void thread?.terminate();
    for (const { reject } of this.#takeJobs()) reject(new Error('The token counter was closed.'));
    this.#instead.close();
  }

  #running(): Worker | undefined {
    if (this.#isLost || this.#thread) return this.#thread;
    try {
      this.#thread = this.#begin();
    } catch {
      this.#isLost = true;
      return undefined;
    }
    this.#thread.on('message', (reply: Reply) => {
      this.#settle(reply);
    });
    this.#thread.on('error', this.#lose);
    this.#thread.on('exit', this.#lose);
    return this.#thread;
  }

  #settle(reply: Reply): void {
    const job = this.#jobs.get(reply.id);
    this.#jobs.delete(reply.id);
    if (this.#jobs.size === 0) this.#thread?.unref();
    if ('tokens' in reply) job?.resolve(reply.tokens);
    else job?.reject(new Error(`The encoder failed: ${reply.failure}`));
  }

  /** It has died: out of memory, or for want of its package. What it was asked is counted on the loop. */
  readonly #lose = (): void => {
    this.#isLost = true;
    this.#thread = undefined;
    for (const { pieces, encoding, resolve, reject } of this.#takeJobs())
      this.#instead.count(pieces, encoding).then(resolve, reject);
  };

  #takeJobs(): Job[] {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    return jobs;
  }
}

function beginThread(): Worker {
  const workerData = createRequire(import.meta.url).resolve('tiktoken');
  // Loaders of the process (of TypeScript, of a test runner) are nothing to it, and neither are its secrets.
  return new Worker(PROGRAM, { eval: true, workerData, execArgv: [], env: {}, name: 'token encoder' });
}
