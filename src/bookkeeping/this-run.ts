import { hostname } from 'node:os';
import type { Clock } from '../ports/clock.ts';
import type { Ledger, LedgerRun } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import { timeOrderedId } from '../defaults/time-ordered-id.ts';

/** While it writes, it says so often that it runs. */
const SAYS_EVERY_MS = 60_000;
/** A hub on another machine that was not heard of for so long has ended. Idle ones say nothing. */
const GONE_AFTER_MS = 24 * 60 * 60 * 1_000;

/** Where this hub runs, and which processes run there. */
export interface Machine {
  readonly host: string;
  readonly pid: number;
  /** When this process began, in Unix milliseconds. */
  readonly since: () => number;
  readonly isRunning: (pid: number) => boolean;
}

/** What this hub says to its ledger about itself, and learns there of those before it. */
export class ThisRun {
  readonly #ledger: Pick<Ledger, 'runs' | 'endRuns'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #machine: Machine;
  readonly #id: string;
  readonly #startedAtMs: number;
  #saidAtMs = -Infinity;
  #hasLooked = false;

  constructor(
    ledger: Pick<Ledger, 'runs' | 'endRuns'>,
    clock: Clock,
    logger: Logger,
    machine: Machine = thisMachine(clock),
  ) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#logger = logger;
    this.#machine = machine;
    this.#startedAtMs = clock.now();
    this.#id = timeOrderedId(this.#startedAtMs);
  }

  /**
   * Says that this hub runs, unless it has lately. The first time it tells which hubs came to a sudden end.
   * @throws whatever the ledger does.
   */
  async says(): Promise<void> {
    if (!this.#ledger.runs || this.#clock.elapsed() - this.#saidAtMs < SAYS_EVERY_MS) return;
    const { host, pid } = this.#machine;
    const seenAtMs = this.#clock.now();
    const runs = await this.#ledger.runs({ id: this.#id, host, pid, startedAtMs: this.#startedAtMs, seenAtMs });
    this.#saidAtMs = this.#clock.elapsed();
    if (this.#hasLooked) return;
    const gone = runs.filter((run) => run.id !== this.#id && this.#isGone(run));
    for (const run of gone) this.#logger.warn({ run }, SUDDEN_END);
    if (gone.length > 0) await this.#ledger.endRuns?.(gone.map(({ id }) => id));
    this.#hasLooked = true;
  }

  /** Says that it ends, with everything written. */
  async ends(): Promise<void> {
    if (this.#saidAtMs > -Infinity) await this.#ledger.endRuns?.([this.#id]);
  }

  /** A number may have been given to another process since: then nobody is told, until it was not heard of for a day. */
  #isGone({ host, pid, startedAtMs, seenAtMs }: LedgerRun): boolean {
    if (this.#clock.now() - seenAtMs > GONE_AFTER_MS) return true;
    if (host !== this.#machine.host) return false;
    // In a container every process is the first.
    return pid === this.#machine.pid ? startedAtMs < this.#machine.since() : !this.#machine.isRunning(pid);
  }
}

const SUDDEN_END =
  'a hub that wrote to this ledger ended suddenly: records it had not written yet are missing, ' +
  'as a rule those of less than its last second';

function thisMachine(clock: Clock): Machine {
  return {
    host: hostname(),
    pid: process.pid,
    since: () => clock.now() - process.uptime() * 1_000,
    isRunning: (pid) => {
      try {
        return process.kill(pid, 0);
      } catch (cause) {
        // It runs, for somebody else.
        return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
      }
    },
  };
}
