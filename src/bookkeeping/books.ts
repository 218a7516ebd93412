import type { AssistantMessage, ChatRequest } from '../openai/types.ts';
import type { Caller } from '../ports/authenticator.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeptMessage, Ledger } from '../ports/ledger.ts';
import type { Limiter } from '../ports/limiter.ts';
import type { Logger } from '../ports/logger.ts';
import type { Session } from '../ports/session-tracker.ts';
import type { RequestRecord } from '../ports/stats-sink.ts';
import { keptEntries, ledgerOf } from '../defaults/ledger.ts';
import { directWriter } from './direct-writer.ts';
import { keptMessages } from './kept-messages.ts';
import type { LedgerReport } from './ledger-report.ts';
import type { WriterTools } from './ledger-writer.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { Pause } from './pause.ts';
import type { LedgerReads } from './reads-after-writes.ts';
import { readsAfterWrites } from './reads-after-writes.ts';
import type { BudgetDrift } from './reconcile-budgets.ts';
import { reconcileBudgets } from './reconcile-budgets.ts';
import { ThisRun } from './this-run.ts';
import { timeOrderedId } from '../defaults/time-ordered-id.ts';
import type { WriterOptions } from './writer-options.ts';
import type { Writing } from './writing.ts';

/** How the books are kept. */
export interface BooksOptions extends WriterOptions {
  /** Whether what was said is kept, beside what it cost. */
  readonly messages: boolean;
}

/** A conversation, as far as what was said in a request belongs to it. */
export interface SaidIn {
  readonly request: ChatRequest;
  readonly session: Session;
  readonly answer: AssistantMessage | undefined;
}

/** Budgets that are kept by what the ledger knows. */
export interface Budgets {
  readonly limiter: Limiter;
  /** Callers known to have one. */
  readonly callers: readonly string[];
  /** Whether what was spent is forgotten when a process ends. */
  readonly rebuilds: boolean;
}

/** Between two looks at a ledger that is away when the hub starts. */
const LOOKS_EVERY_MS = 1_000;
/** So long callers with a budget wait for what is known of it, from the first of them on. */
const BUDGETS_WITHIN_MS = 1_000;
/** So long whoever starts a hub waits for that; to sum up a month may take a while. */
const READY_WITHIN_MS = 10_000;
/** A ledger that hangs does not hold up whoever closes. */
const LAST_WORDS_MS = 500;
/** Callers named in one line of the log. */
const MOST_TOLD = 20;

/** A ledger and all the discipline around it: the one thing the rest of the hub knows of it. */
export class Books {
  /** Finds what this process has recorded before it was asked. */
  readonly reads: LedgerReads;
  readonly #ledger: Ledger;
  readonly #place: LedgerReport['place'];
  readonly #writer: Writing;
  readonly #run: ThisRun;
  readonly #keepsMessages: boolean;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pause: Pause;
  #budgets: Budgets | undefined;
  /** While budgets are not what the ledger knows: how callers wait for that. `undefined`: they do not, or no more. */
  #patience: Pause | undefined;
  #rebuilding: Promise<void> | undefined;
  /** The ledger was looked into once, and could tell what was spent, or not. */
  #looked: Promise<void> = Promise.resolve();
  #isClosing = false;
  #driftNanoUsd = 0;

  /** @param given Absent: the latest requests are kept in memory. */
  constructor(given: Ledger | undefined, options: BooksOptions, tools: WriterTools) {
    if (given) {
      const append: Ledger['append'] = async (entries) => {
        // What a run says about itself is no reason to write nothing; it says it the next time.
        await this.#run.says().catch(() => undefined);
        await given.append(entries);
      };
      this.#place = 'ledger';
      this.#ledger = given;
      this.#writer = new LedgerWriter({ append }, options, tools);
    } else {
      const kept = keptEntries();
      this.#place = 'memory';
      this.#ledger = ledgerOf(kept);
      this.#writer = directWriter(kept, tools.logger);
    }
    this.#keepsMessages = options.messages;
    this.#clock = tools.clock;
    this.#logger = tools.logger;
    this.#pause = new Pause(tools.clock);
    this.#run = new ThisRun(this.#ledger, tools.clock, tools.logger);
    this.reads = readsAfterWrites(this.#ledger, this.#writer);
  }

  /**
   * Opens the ledger, and learns from it: who came to a sudden end, and what callers have spent. One that is away is
   * looked for until it is there.
   */
  start(budgets: Budgets): void {
    this.#budgets = budgets;
    const looking = this.#look(budgets);
    const started = looking.then((isKnown) => (isKnown ? undefined : this.#lookUntilKnown(budgets)));
    if (!budgets.rebuilds) return;
    this.#looked = looking.then(() => undefined);
    const patience = (this.#patience = new Pause(this.#clock));
    void started.then(() => {
      this.#patience = undefined;
      patience.end();
    });
  }

  /** What a caller has to wait for before its budget says anything; `undefined`: nothing. */
  untilBudgetOf({ budgetNanoUsd }: Caller): Promise<void> | undefined {
    if (!budgetNanoUsd || !this.#patience) return undefined;
    return (this.#rebuilding ??= this.#patience.for(BUDGETS_WITHIN_MS).then(() => {
      this.#patience = undefined;
    }));
  }

  /** Resolves when it is known what was spent of budgets; also when the ledger cannot tell, or takes too long. */
  async ready(): Promise<void> {
    const patience = new Pause(this.#clock);
    await Promise.race([this.#looked, patience.for(READY_WITHIN_MS)]);
    patience.end();
  }

  /** @throws NexusError `ledger_unavailable` where an answer could not end well. */
  checkOpen(): void {
    this.#writer.checkOpen();
  }

  /** Whether ends of answers wait for their records at the moment. */
  get holdsAnswers(): boolean {
    return this.#writer.holdsAnswers;
  }

  /**
   * Takes a record, and what was said. What comes back is to be waited for before the end of the answer goes out;
   * `undefined`: nothing. It rejects with `ledger_unavailable` where the answer is not to end well.
   */
  keep(record: RequestRecord, said: SaidIn | undefined): Promise<void> | undefined {
    const id = timeOrderedId(this.#clock.now());
    const kept = this.#writer.add({ id, record, messages: said ? this.#messagesOf(said, record) : [] });
    // An error says already that there is no answer: while nothing can be written, it does not wait for that.
    return record.outcome === 'error' && this.#writer.isAway ? undefined : kept;
  }

  report(): LedgerReport {
    return { place: this.#place, ...this.#writer.report(), budgetDriftNanoUsd: this.#driftNanoUsd };
  }

  /**
   * Puts what the ledger knows in place of what the limiter counted as spent. Nothing is known of that without a ledger.
   * @throws whatever the ledger or the limiter does.
   */
  async reconcile(): Promise<readonly BudgetDrift[]> {
    if (!this.#budgets) return [];
    const { limiter, callers } = this.#budgets;
    const drifts = await reconcileBudgets(this.#ledger, this.#writer, limiter, callers, this.#clock);
    const wrong = drifts.filter(({ day, month }) => day !== 0 || month !== 0);
    for (const { day = 0, month = 0 } of wrong) this.#driftNanoUsd += Math.max(Math.abs(day), Math.abs(month));
    if (wrong.length > 0)
      this.#logger.warn(
        { drifts: wrong.slice(0, MOST_TOLD) },
        'budgets were counted wrong, and are now as the ledger has them',
      );
    return drifts;
  }

  /** Writes what is left, for no longer than this. */
  async flush(withinMs: number): Promise<void> {
    this.#isClosing = true;
    this.#pause.end();
    await this.#writer.close(withinMs);
  }

  /** After `flush`. */
  async close(): Promise<void> {
    const patience = new Pause(this.#clock);
    const end = this.#run.ends().catch(() => undefined);
    await Promise.race([end, patience.for(LAST_WORDS_MS)]);
    patience.end();
    await this.#ledger.close?.();
  }

  /** True: what there is to learn of the ledger is known, or nobody wants to know any more. */
  async #look({ limiter, callers, rebuilds }: Budgets, isFirst = true): Promise<boolean> {
    if (this.#isClosing) return true;
    try {
      await this.#ledger.open?.();
      await this.#run.says();
      if (rebuilds) await reconcileBudgets(this.#ledger, this.#writer, limiter, callers, this.#clock);
      return true;
    } catch (cause) {
      if (isFirst) this.#logger.error({ cause }, 'the ledger cannot be opened: it is tried again');
      return false;
    }
  }

  async #lookUntilKnown(budgets: Budgets): Promise<void> {
    do await this.#lookAgain();
    while (!(await this.#look(budgets, false)));
  }

  async #lookAgain(): Promise<void> {
    if (!this.#isClosing) await this.#pause.for(LOOKS_EVERY_MS);
  }

  /** What cannot be printed was not asked of anybody either. */
  #messagesOf({ request, session, answer }: SaidIn, { requestId }: RequestRecord): readonly KeptMessage[] {
    if (!this.#keepsMessages) return [];
    try {
      return keptMessages(request, session, answer);
    } catch (cause) {
      this.#logger.error({ requestId, cause }, 'what was said cannot be written down');
      return [];
    }
  }
}
