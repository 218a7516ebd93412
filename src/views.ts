import { NexusError } from './errors.ts';
import type { HubStats } from './hub-stats.ts';
import type { ExportQuery } from './ledger-export.ts';
import { exportLedger } from './ledger-export.ts';
import { checkedConversationQuery, checkedFilter, checkedHistoryPart, checkedUsageQuery } from './ledger-query.ts';
import type { LiveFeed, LiveStats } from './live-stats.ts';
import type {
  Clock,
  ConversationHistory,
  ConversationQuery,
  ConversationSummary,
  HistoryPart,
  Ledger,
  LedgerFilter,
  LedgerPage,
  LedgerSummary,
  Logger,
  UsageQuery,
  UsageRow,
} from './ports/index.ts';

/** What views are made of. */
export interface ViewSources {
  readonly ledger: Pick<Ledger, 'summary' | 'usage' | 'conversations' | 'conversation' | 'attempts' | 'messages'>;
  readonly live: LiveFeed;
  readonly now: () => HubStats;
  /** Has the figures of all processes brought up to date; resolves in any case, and before long. */
  readonly refresh: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * All that can be seen of a hub, for those who may. Questions are checked here, whoever asks them; a ledger
 * that does not answer is `ledger_unavailable`, and its own words are in the log.
 */
export class Views {
  readonly #sources: ViewSources;

  constructor(sources: ViewSources) {
    this.#sources = sources;
  }

  now(): HubStats {
    return this.#sources.now();
  }

  /** The same, with figures of all processes as they are now. */
  async present(): Promise<HubStats> {
    await this.#sources.refresh();
    return this.#sources.now();
  }

  live(signal?: AbortSignal): AsyncGenerator<LiveStats, void, undefined> {
    return this.#sources.live.watch(signal);
  }

  async summary(filter: LedgerFilter): Promise<LedgerSummary> {
    const checked = checkedFilter(filter);
    return this.#read(() => this.#sources.ledger.summary(checked));
  }

  async usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    const checked = checkedUsageQuery(query, this.#sources.clock.now());
    return this.#read(() => this.#sources.ledger.usage(checked));
  }

  async conversations(query: ConversationQuery): Promise<LedgerPage<ConversationSummary>> {
    const checked = checkedConversationQuery(query);
    return this.#read(() => this.#sources.ledger.conversations(checked));
  }

  /**
   * The conversation of this id with what was said in it, or a part of that.
   * @throws NexusError `not_found`; `request_invalid` where several callers have one of that id, and none is named.
   */
  async conversation(id: string, callerId?: string, part?: HistoryPart): Promise<ConversationHistory> {
    const checked = part && checkedHistoryPart(part);
    const [found, ...others] = await this.#read(() => this.#sources.ledger.conversation(id, callerId, checked));
    if (!found)
      throw new NexusError('not_found', 'There is no such conversation. The list of them names those that there are.');
    if (others.length === 0) return found;
    const names = [found, ...others].map((one) => JSON.stringify(one.callerId)).slice(0, MOST_NAMED);
    const message = `Several callers have a conversation of that id: ${names.join(', ')}. Name one of them as "caller".`;
    throw new NexusError('request_invalid', message, { param: 'caller' });
  }

  /** Every attempt, or every message by conversation, of a part as text, a piece at a time. */
  export(what: 'stats' | 'conversations', query: ExportQuery): AsyncGenerator<string, void, undefined> {
    return this.#told(exportLedger(this.#sources.ledger, what, query));
  }

  async *#told(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    try {
      yield* pieces;
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  async #read<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  #unavailable(cause: unknown): NexusError {
    this.#sources.logger.error({ cause }, 'the ledger did not answer');
    return new NexusError(
      'ledger_unavailable',
      'The ledger does not answer; the log of the hub has the cause.',
      {},
      cause,
    );
  }
}

/** Callers named in a message. */
const MOST_NAMED = 10;
