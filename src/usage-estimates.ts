import type { AttemptAccounts } from './attempt-accounts.ts';
import type { Call } from './call.ts';
import type { CountedUsage } from './estimate-usage.ts';
import { estimateUsage } from './estimate-usage.ts';
import type { Parts } from './parts.ts';
import type { Session } from './ports/index.ts';

/** What of a visit tells how it is counted. */
interface Counted {
  readonly requestId: string;
  /** The model name the caller used. */
  readonly model: string;
  readonly accounts: AttemptAccounts;
  readonly session: Session | undefined;
}

/** The usage of one request as the hub counts it, for where providers tell none. The last count is kept. */
export class UsageEstimates {
  readonly #parts: Parts;
  #last: { readonly text: string; readonly model: string; readonly usage: CountedUsage } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The usage with an answer of this text; `undefined` where it cannot be counted, or `call` is gone.
   * @param place of the attempt that answered. @default the last one
   */
  async of(call: Call | undefined, visit: Counted, text: string, place?: number): Promise<CountedUsage | undefined> {
    const { tokens: counter, tokenAudit: audit, logger } = this.#parts;
    const { requestId, session } = visit;
    const model = visit.accounts.countedModel(visit.model, place) ?? visit.model;
    if (this.#last?.text === text && this.#last.model === model) return this.#last.usage;
    if (!call) return undefined;
    try {
      const usage = await estimateUsage({ counter, audit, model, known: session?.known }, call, text);
      this.#last = { text, model, usage };
      return usage;
    } catch (cause) {
      logger.warn({ requestId, cause }, 'tokens could not be counted');
      return undefined;
    }
  }
}
