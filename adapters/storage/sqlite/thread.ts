import type { Worker } from 'node:worker_threads';
import { LedgerError } from '../sql/ledger-error.ts';
import type { DatabaseOptions } from './open-database.ts';
import type { OpenableSteps } from '../sql/openable-steps.ts';
import { receivedError, type ThreadAnswer, type ThreadQuestion } from './thread-messages.ts';
import { startWorker } from './start-worker.ts';

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (cause: Error) => void;
}

/**
 * A thread with a ledger. It starts with the first question, and again with the first one after it came to an end of its
 * own. It keeps the process alive while somebody waits for an answer, and no longer.
 */
export class Thread {
  readonly #options: DatabaseOptions;
  readonly #startWorker: typeof startWorker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(options: DatabaseOptions, start: typeof startWorker = startWorker) {
    this.#options = options;
    this.#startWorker = start;
  }

  /** Rejects as the step does, or with `unavailable` where the thread ends before it has answered. */
  ask<Step extends keyof OpenableSteps>(
    step: Step,
    ...values: Parameters<OpenableSteps[Step]>
  ): ReturnType<OpenableSteps[Step]> {
    const asked = new Promise<never>((resolve, reject) => {
      if (this.#isClosed) throw new LedgerError('closed', 'The ledger was closed.');
      const worker = (this.#worker ??= this.#start());
      const id = ++this.#lastId;
      worker.postMessage({ id, step, values } satisfies ThreadQuestion);
      if (this.#waiting.size === 0) worker.ref();
      this.#waiting.set(id, { resolve, reject });
    });
    return asked as ReturnType<OpenableSteps[Step]>;
  }

  /** Lets it finish what it was asked for, close its database, and end. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const worker = this.#worker;
    const closing = worker && this.ask('close');
    this.#isClosed = true;
    try {
      await closing;
    } finally {
      await worker?.terminate();
    }
  }

  #start(): Worker {
    const worker = this.#startWorker({ workerData: this.#options, name: 'nexusai-hub-ledger' });
    worker.unref();
    let failure: unknown;
    worker.on('message', (answer: ThreadAnswer) => this.#settle(worker, answer));
    worker.on('error', (cause) => (failure = cause));
    worker.on('exit', (code) => this.#ended(worker, failure ?? new Error(`It ended with code ${code}.`)));
    return worker;
  }

  #settle(worker: Worker, answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) worker.unref();
    if ('error' in answer) waiting?.reject(receivedError(answer.error));
    else waiting?.resolve(answer.value as never);
  }

  #ended(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    const message = 'The thread of the ledger has ended. It starts anew with the next question; ask again.';
    for (const { reject } of left) reject(new LedgerError('unavailable', message, cause));
  }
}
