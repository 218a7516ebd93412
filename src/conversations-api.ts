import type { Gateway } from './gateway.ts';
import { MOST_CONVERSATIONS } from './ledger-query.ts';
import type { ConversationHistory, ConversationQuery, ConversationSummary, LedgerPage } from './ports/index.ts';
import type { ExportQuery } from './views.ts';

/** `hub.conversations`: what was said. */
export class Conversations {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * A page of the conversations in the ledger, those with the latest request first. The last of a page is the next one's
   * `after`.
   * @throws NexusError `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async list(query: Partial<ConversationQuery> = {}): Promise<LedgerPage<ConversationSummary>> {
    return (await this.#gateway.viewsFor({ via: 'process' })).conversations({ limit: MOST_CONVERSATIONS, ...query });
  }

  /**
   * A conversation with all that was said in it, and every attempt. `callerId`: needed where several callers have one of
   * that id.
   * @throws NexusError `not_found`, `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async get(id: string, { callerId }: { readonly callerId?: string } = {}): Promise<ConversationHistory> {
    return (await this.#gateway.viewsFor({ via: 'process' })).conversation(id, callerId);
  }

  /**
   * Every message of the ledger, or of a part of it, as text, a piece at a time, by conversation.
   * @throws NexusError `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async *export(query: ExportQuery): AsyncGenerator<string, void, undefined> {
    yield* (await this.#gateway.viewsFor({ via: 'process' })).exportConversations(query);
  }
}
