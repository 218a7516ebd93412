import type { ConversationControl } from './conversation-control.ts';
import type { Gateway } from './gateway.ts';
import type { ExportQuery } from './ledger-export.ts';
import { MOST_CONVERSATIONS } from './ledger-query.ts';
import type { Permission } from './permissions.ts';
import type {
  ConversationHistory,
  ConversationQuery,
  ConversationSummary,
  HistoryPart,
  LedgerPage,
} from './ports/index.ts';
import type { Views } from './views.ts';

/** Whose conversation is meant. */
export interface ConversationOwner {
  /** The caller whose it is, by id. @default those of this program itself */
  readonly callerId?: string | undefined;
}

/** `hub.conversations`: what was said, and what becomes of it. */
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
    return (await this.#views('conversations.read')).conversations({ limit: MOST_CONVERSATIONS, ...query });
  }

  /**
   * A conversation with what was said in it, and its attempts: 10,000 of each, and 8 MiB, at the most. `hasMore` tells
   * whether more was said; `skip` goes on there. `callerId`: needed where several callers have one of that id.
   * @throws NexusError `not_found`, `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async get(
    id: string,
    { callerId, ...part }: HistoryPart & { readonly callerId?: string } = {},
  ): Promise<ConversationHistory> {
    return (await this.#views('conversations.read')).conversation(id, callerId, part);
  }

  /**
   * Every message of the ledger, or of a part of it, as text, a piece at a time, by conversation.
   * @throws NexusError `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async *export(query: ExportQuery): AsyncGenerator<string, void, undefined> {
    yield* (await this.#views('conversations.export')).export('conversations', query);
  }

  /**
   * Ends a conversation: no request goes on from it. One that names it begins it anew.
   * @throws NexusError `not_found`, `operation_unsupported`, `forbidden`
   */
  async end(id: string, { callerId }: ConversationOwner = {}): Promise<void> {
    await (await this.#control()).end(id, callerId);
  }

  /**
   * Makes `from` a part of `into`, under both names.
   * @throws NexusError `not_found`, `request_invalid`, `operation_unsupported`, `forbidden`
   */
  async merge(into: string, from: string, { callerId }: ConversationOwner = {}): Promise<void> {
    await (await this.#control()).merge(into, from, callerId);
  }

  /**
   * Makes a new conversation of what was said after the first `at` messages of one. Returns its id.
   * @throws NexusError `not_found`, `request_invalid`, `operation_unsupported`, `forbidden`
   */
  async split(id: string, at: number, { callerId }: ConversationOwner = {}): Promise<string> {
    return (await this.#control()).split(id, at, callerId);
  }
  async #control(): Promise<ConversationControl> {
    return this.#gateway.conversationsFor(await this.#gateway.authorize({ via: 'process' }, 'conversations.write'));
  }

  async #views(permission: Permission): Promise<Views> {
    await this.#gateway.authorize({ via: 'process' }, permission);
    return this.#gateway.views;
  }
}
