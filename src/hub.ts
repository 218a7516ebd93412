import { Admin } from './admin-api.ts';
import type { Answer } from './answer.ts';
import type { AuditViews } from './audit-views.ts';
import { authorize } from './authorize.ts';
import type { BackupControl } from './backup-control.ts';
import { backupControlFor } from './backup-control.ts';
import { Backups } from './backups-api.ts';
import type { BudgetDrift } from './bookkeeping/reconcile-budgets.ts';
import type { Call } from './call.ts';
import { ChatCompletions, Embeddings } from './chat-api.ts';
import type { CircuitControl } from './circuit-control.ts';
import { circuitControlFor } from './circuit-control.ts';
import { Circuits } from './circuits-api.ts';
import { closeHub } from './close-hub.ts';
import type { CloseOptions } from './close-options.ts';
import type { ConfigControl } from './config-control.ts';
import type { ConsoleSessions } from './console-sessions.ts';
import type { ConversationControl } from './conversation-control.ts';
import { conversationControlFor } from './conversation-control.ts';
import { Conversations } from './conversations-api.ts';
import type { AuditTrail } from './control/audit-trail.ts';
import { vaultControlOf } from './control/vault-control-of.ts';
import { SignedRequests } from './control/signed-requests.ts';
import { LONGEST_TIMER_MS } from './defaults/clock.ts';
import { LoadShedder } from './defaults/load-shedder.ts';
import { processLoad } from './defaults/process-load.ts';
import { memoryStats } from './defaults/stats.ts';
import type { Admission, Arrival } from './door.ts';
import { Door } from './door.ts';
import { Epochs } from './epochs.ts';
import { asNexusError, NexusError } from './errors.ts';
import type { Explanation } from './explain.ts';
import { explain } from './explain.ts';
import type { Gateway } from './gateway.ts';
import { HubControl } from './hub-control.ts';
import type { HubHealth } from './hub-health.ts';
import { createFetch } from './http/fetch.ts';
import { type HubStats, hubStatsOf } from './hub-stats.ts';
import { basicsOf } from './in-process.ts';
import type { KeyControl } from './key-control.ts';
import { Keeping } from './keeping.ts';
import { Audio, Images } from './media-api.ts';
import { ownFiguresOf } from './live-counting.ts';
import { LiveFeed } from './live-stats.ts';
import { Models } from './models-api.ts';
import { Completions, Moderations, Responses } from './operations-api.ts';
import { parseChatRequest } from './openai/request.ts';
import type { NexusHubOptions, Providers } from './options.ts';
import type { Caller, ChatRequest, Clock, Logger, ModelEntry } from './ports/index.ts';
import { RememberedAnswers } from './remembered-answers.ts';
import type { Actor } from './request-audit.ts';
import type { RequestOptions } from './request-options.ts';
import { answerTo } from './request-path.ts';
import { settingsOf } from './settings.ts';
import type { SignableRequest, SignedHead } from './signatures/signed-request.ts';
import { Stats } from './stats-api.ts';
import type { VaultControl } from './vault-control.ts';
import { Views } from './views.ts';

/**
 * Many model providers behind one OpenAI-compatible API.
 *
 * ```ts
 * const hub = new NexusHub({ providers: { main: openai({ apiKey }) } });
 * const completion = await hub.chat.completions.create({ model: 'gpt-4o', messages });
 * ```
 *
 * @throws TypeError from the constructor, naming the option that is wrong.
 */
export class NexusHub<const P extends Providers = Providers> implements Gateway {
  /** The OpenAI SDK's `chat` resource. */
  readonly chat: { readonly completions: ChatCompletions };
  /** The OpenAI SDK's `embeddings` resource. */
  readonly embeddings: Embeddings;
  /** The OpenAI SDK's `responses` resource, as far as `create` goes. */
  readonly responses: Responses;
  /** The OpenAI SDK's `completions` resource: the older ones. */
  readonly completions: Completions;
  /** The OpenAI SDK's `moderations` resource. */
  readonly moderations: Moderations;
  /** The OpenAI SDK's `images` resource. */
  readonly images: Images;
  /** The OpenAI SDK's `audio` resource. */
  readonly audio: Audio;
  /** The OpenAI SDK's `models` resource, as far as listing goes. */
  readonly models: Models;
  /** What the hub leaves alone, and control over it. */
  readonly circuits: Circuits;
  /** What is changed while the hub runs. */
  readonly admin: Admin;
  /** Copies of the database. */
  readonly backups: Backups;
  /** What the hub does and has done. */
  readonly stats: Stats;
  /** What was said, and what becomes of it. */
  readonly conversations: Conversations;
  /** What `stats` and `conversations` are read from, for whoever serves this hub. */
  readonly views: Views;
  /**
   * The hub's HTTP API as a web-standard function, without a socket: for `new OpenAI({ fetch: hub.fetch })` and for
   * frameworks that speak `Request` and `Response`. Callers show their keys as they do over HTTP.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** What requests with an `Idempotency-Key` were answered, for whoever serves this hub. */
  readonly remembered: RememberedAnswers;
  /** Who is told of each request, and of what is changed, for whoever serves this hub. */
  readonly audit: AuditTrail;
  /** Sessions of browsers, for whoever serves this hub. */
  readonly sessions: ConsoleSessions;
  /** What is read of that. */
  readonly auditViews: AuditViews;
  readonly #epochs: Epochs;
  readonly #sums = memoryStats();
  readonly #door: Door;
  readonly #signed: SignedRequests;
  readonly #keeping: Keeping;
  readonly #control: HubControl;
  readonly #live: LiveFeed;
  #closing: Promise<void> | undefined;

  constructor(options: NexusHubOptions<P>) {
    const settings = settingsOf(options);
    // Which ids there are matters to who writes the options, and from here on no more.
    const program = options as unknown as NexusHubOptions;
    const epochs = (this.#epochs = new Epochs(program, settings, this.#sums));
    ({ audit: this.audit, auditViews: this.auditViews, consoleSessions: this.sessions } = epochs);
    // Nothing runs before it is known that what is configured is right.
    this.#control = new HubControl(settings, epochs);
    const { shedding, ledger, quota, keys } = settings;
    const { clock, logger, visits, books, live } = epochs.lasting;
    live?.start(() => ownFiguresOf(this.#sums.snapshot(), { inFlight: visits.size, shed: this.#door.shed }));
    const budgeted = keys.filter(({ budgetUsd }) => budgetUsd).map(({ name }) => name);
    // A quota that others share knows what was spent.
    if (ledger) books.start({ limiter: epochs.parts.limiter, callers: budgeted, rebuilds: !quota });
    const shedder = shedding && new LoadShedder(shedding, processLoad(clock), clock, logger);
    this.#door = new Door(
      shedder || undefined,
      () => epochs.parts.authenticator,
      () => visits.size,
    );
    this.#signed = new SignedRequests(() => epochs.parts, settings.signatures, epochs.wrongKeys);
    const now = (): HubStats => hubStatsOf(this.#sums, epochs.parts, this.#door);
    const refresh = async (): Promise<void> => live?.refresh();
    this.#live = new LiveFeed({ summary: () => books.reads.summary({}), now, refresh, clock });
    this.views = new Views({ ledger: books.reads, live: this.#live, now, refresh, clock, logger });
    this.chat = { completions: new ChatCompletions(this) };
    this.embeddings = new Embeddings(this);
    this.responses = new Responses(this);
    this.completions = new Completions(this);
    this.moderations = new Moderations(this);
    this.images = new Images(this);
    this.audio = new Audio(this);
    this.models = new Models(this);
    this.circuits = new Circuits(this);
    this.admin = new Admin(this);
    this.backups = new Backups(this);
    this.#keeping = new Keeping(settings, epochs);
    this.stats = new Stats(this, now);
    this.conversations = new Conversations(this);
    this.remembered = new RememberedAnswers(clock);
    this.fetch = createFetch(this);
  }

  get isReady(): boolean {
    return this.#closing === undefined;
  }

  get health(): HubHealth {
    const { behind } = this.#control.configuration;
    return { vault: this.#epochs.vault.state, configuration: behind === undefined ? 'current' : 'behind' };
  }

  get logger(): Logger {
    return this.#epochs.parts.logger;
  }

  get clock(): Clock {
    return this.#epochs.parts.clock;
  }

  /**
   * Resolves when what is stored of the configuration is in force; requests that come before wait for it. It waits for
   * what the ledger knows of budgets, too, for ten seconds at most.
   * @throws NexusError `request_invalid` where the `document` does not fit what is stored; what a store rejects with
   */
  async ready(): Promise<void> {
    await this.#control.started;
    await this.#epochs.lasting.books.ready();
  }

  /** Hands on the promise of the journey itself: one of its own would come three turns later. */
  open(call: Call): Promise<Answer> {
    // Until what is stored is in force nobody knows who may what.
    if (this.#control.starting) return this.#control.starting.then(() => this.open(call));
    try {
      this.#checkReady();
      const { admission, credentials, priority } = call;
      if (admission) admission.begins();
      else {
        const check = this.#door.check({ credentials, priority, bodyBytes: 0 });
        if (check instanceof Promise) return check.then(() => answerTo(call, this.#epochs.parts));
      }
    } catch (cause) {
      return Promise.reject(asNexusError(cause));
    }
    return answerTo(call, this.#epochs.parts);
  }

  admit(arrival: Arrival): Admission | Promise<Admission> {
    this.#checkReady();
    return this.#door.admit(arrival);
  }

  /**
   * Where a chat request would go now, and why: its targets in order, those that are left alone, and those that are not
   * for it. No provider is asked, and no limit is touched.
   * @throws NexusError `request_invalid`
   */
  async explain(body: ChatRequest, options: RequestOptions = {}): Promise<Explanation> {
    const request = parseChatRequest(body);
    return this.explainCall({ operation: 'chat', request, ...basicsOf(options) });
  }

  async explainCall(call: Call): Promise<Explanation> {
    this.#checkReady();
    return explain(call, this.#epochs.parts);
  }

  async verify(request: SignableRequest): Promise<SignedHead | undefined> {
    await this.#control.starting;
    return this.#signed.verify(request);
  }

  authorize(...asked: Parameters<Gateway['authorize']>): Caller | Promise<Caller> {
    if (this.#control.starting) return this.#control.starting.then(() => this.authorize(...asked));
    try {
      return authorize(this.#epochs.parts, ...asked);
    } catch (cause) {
      return Promise.reject(asNexusError(cause));
    }
  }

  listModels(caller: Caller): Promise<readonly ModelEntry[]> {
    return this.#epochs.directory.modelsFor(caller);
  }

  circuitsFor(actor: Actor): CircuitControl {
    return circuitControlFor(actor, this.#epochs.parts, this.audit);
  }

  configFor(actor: Actor): ConfigControl {
    return this.#control.configFor(actor);
  }

  conversationsFor(caller: Caller): ConversationControl {
    return conversationControlFor(caller, this.#epochs.parts);
  }

  vaultFor(actor: Actor): VaultControl {
    return vaultControlOf(actor, this.#epochs.vault, this.audit);
  }

  keysFor(actor: Actor): KeyControl {
    return this.#epochs.personalKeys.controlFor(actor);
  }

  backupsFor(actor: Actor): BackupControl {
    return backupControlFor(actor, this.#keeping.backups, this.audit);
  }

  /**
   * Puts what the ledger knows in place of what was counted as spent of budgets, and tells by how much that was wrong.
   * With a quota that several processes share it is to be called where its counters are in doubt.
   */
  reconcileBudgets(): Promise<readonly BudgetDrift[]> {
    return this.#epochs.parts.books.reconcile();
  }

  /**
   * Takes no new requests, lets those under way finish for `drainMs`, ends the rest with an error, and gives back
   * sockets and encoders. Every record is written when it resolves. Later calls return the first one's promise.
   */
  close({ drainMs = 10_000 }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(Math.min(drainMs, LONGEST_TIMER_MS));
    return this.#closing;
  }

  #checkReady(): void {
    if (!this.isReady) throw new NexusError('closing', 'The hub is shutting down and takes no new requests.');
  }

  #close(drainMs: number): Promise<void> {
    const beside = Promise.all([this.#keeping.close(), this.#control.close()]);
    this.#live.close();
    this.remembered.close();
    return closeHub({ epochs: this.#epochs, audit: this.audit, beside }, drainMs);
  }
}
