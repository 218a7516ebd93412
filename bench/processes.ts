import { type ChildProcess, spawn } from 'node:child_process';

import type { ProcessName } from './build.ts';
import type { Bundle } from './bundle.ts';
import { type Cores, chooseCores } from './cores.ts';
import type { Question, Reply, Verbs } from './verbs.ts';

/** Longest that any question may take: a process that does not answer must not hold up the run for ever. */
const PATIENCE_MS = 120_000;

interface Asked {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One process of a run. */
export class Worker {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, Asked>();
  readonly #gone: Promise<void>;
  #questions = 0;

  constructor(name: string, process: ChildProcess) {
    this.#name = name;
    this.#process = process;
    this.#gone = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#fail(why);
        resolve();
      };
      process.on('error', (error) => end(`cannot be started (${error.message})`));
      process.on('exit', (code, signal) => end(`has ended (${signal ?? code})`));
    });
    process.on('message', (reply: Reply) => this.#take(reply));
  }

  /** Asks, and resolves with the answer. Rejects when the process fails, ends, or takes too long. */
  ask<V extends keyof Verbs>(verb: V, order: Verbs[V]['order']): Promise<Verbs[V]['answer']> {
    const question: Question = { id: ++this.#questions, verb, order };
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => this.#take({ id: question.id, error: `no answer to "${verb}"` }), PATIENCE_MS);
      this.#asked.set(question.id, {
        resolve: (answer) => {
          clearTimeout(patience);
          // The other end is our own and of the same build: `worker.ts` answers each verb with its type.
          resolve(answer as Verbs[V]['answer']);
        },
        reject: (error) => {
          clearTimeout(patience);
          reject(error);
        },
      });
      this.#process.send(question, (error) => {
        if (error) this.#take({ id: question.id, error: error.message });
      });
    });
  }

  /** Ends the process. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGKILL');
    await this.#gone;
  }

  #take(reply: Reply): void {
    const asked = this.#asked.get(reply.id);
    this.#asked.delete(reply.id);
    if ('error' in reply) asked?.reject(new Error(`${this.#name}: ${reply.error}`));
    else asked?.resolve(reply.answer);
  }

  #fail(why: string): void {
    for (const id of this.#asked.keys()) this.#take({ id, error: why });
  }
}

/** The processes of a run. All end with it. */
export class Processes {
  /** Where they run; `undefined`: wherever the system puts them. */
  readonly cores: Cores | undefined = chooseCores();
  readonly #programs: Bundle<ProcessName>;
  readonly #workers = new Set<Worker>();
  #isOver = false;

  constructor(programs: Bundle<ProcessName>) {
    this.#programs = programs;
  }

  /** Starts a process on its core: the measured one alone, or where the others are. */
  start(name: ProcessName, core: keyof Cores, args: readonly string[] = []): Worker {
    if (this.#isOver) throw new Error('The run is over: it starts no more processes.');
    const command = [process.execPath, this.#programs.fileOf(name), ...args];
    if (this.cores) command.unshift('taskset', '-c', String(this.cores[core]));
    const [program = '', ...rest] = command;
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const worker = new Worker(name, child);
    this.#workers.add(worker);
    return worker;
  }

  /** Ends one process. */
  async stop(worker: Worker): Promise<void> {
    this.#workers.delete(worker);
    await worker.stop();
  }

  /** Ends all processes for good. Resolves when they are gone. */
  async stopAll(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#workers].map((worker) => this.stop(worker)));
  }
}
