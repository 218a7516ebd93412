import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { Taken, TakeOrder } from './taker.ts';

/** A process of its own that takes from a quota. */
export class Taker {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error('A taker has no output.');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts one of a built `taker.ts`. Resolves when it is connected. */
  static async start(program: string, url: string, leaseMs: number): Promise<Taker> {
    const args = [program, url, String(leaseMs)];
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
