import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Taken, TakeOrder } from './taker.ts';

const PROGRAM = fileURLToPath(new URL('taker.ts', import.meta.url));

/** A process of its own that takes from a quota. */
export class Taker {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error('A taker has no output.');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts one. Resolves when it is connected. */
  static async start(url: string, leaseMs = 15_000): Promise<Taker> {
    const args = ['--import', 'tsx', PROGRAM, url, String(leaseMs)];
    const taker = new Taker(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    await taker.#line();
    return taker;
  }

  async take(order: TakeOrder): Promise<Taken> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    return JSON.parse(await this.#line()) as Taken;
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  /** Lets it close its quota and end. */
  async stop(): Promise<void> {
    await this.#end(() => this.#child.stdin?.end());
  }

  async #end(tell: () => void): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    tell();
    await ended;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The taker has ended.');
    return value;
  }
}
