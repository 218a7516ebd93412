import { asNexusError, NexusError } from '../errors.ts';
import type { TextMask } from '../masking/text-mask.ts';
import { textMask } from '../masking/text-mask.ts';
import type { AuditEntry, AuditLog, Clock } from '../ports/index.ts';
import type { Audit, AuditAction, AuditedRequest } from '../request-audit.ts';
import { actionEntry, requestEntry } from './audit-entries.ts';
import type { AuditReport, AuditWriterParts } from './audit-writer.ts';
import { AuditWriter } from './audit-writer.ts';

export type { AuditAction } from '../request-audit.ts';

/** What of what happens is written. Only the owner's options say so: nothing of the API can change it. */
export interface AuditSettings {
  /** `admin`: of requests only those to paths for who runs the hub, and those that were refused for who asked. */
  readonly requests: 'all' | 'admin';
  /** Whether bodies of requests are kept, secrets masked. */
  readonly content: boolean;
  /** Whether requests for `/healthz` and `/readyz` are written. */
  readonly probes: boolean;
}

/** How long a reader waits for what is not written yet. */
const SETTLED_WITHIN_MS = 500;

/** How long a change waits for its entry. */
const WRITTEN_WITHIN_MS = 5_000;

/** What everybody may ask for; that says nothing of who runs the hub. */
const USERS_PERMISSIONS: ReadonlySet<string | undefined> = new Set(['chat', 'models.read', undefined]);

/**
 * Takes note of what happens. Requests are noted aside, and go on whatever becomes of that. A change of the hub is noted
 * first and made then: without its entry it is not made.
 */
export class AuditTrail implements Audit {
  readonly #settings: AuditSettings;
  readonly #writer: AuditWriter;
  readonly #log: AuditLog;
  readonly #clock: Clock;
  readonly #mask: TextMask;

  constructor(settings: AuditSettings, parts: AuditWriterParts, mask: TextMask = textMask()) {
    this.#log = parts.log;
    this.#mask = mask;
    this.#settings = settings;
    this.#clock = parts.clock;
    this.#writer = new AuditWriter(parts, (request) => requestEntry(request, mask));
  }

  get wantsContent(): boolean {
    return this.#settings.content;
  }

  /**
   * Writes that something is about to be changed: to be awaited before the change is made, which is not made where this
   * rejects. Secrets in `before` and `after` are masked here. Where a change can still fail {@link change} says that too.
   * @throws NexusError `audit_unavailable`
   */
  async action(action: AuditAction): Promise<void> {
    await this.#begin(action);
  }

  async change<Result>(action: AuditAction, change: () => Result | Promise<Result>): Promise<Result> {
    const began = await this.#begin(action);
    try {
      return await change();
    } catch (cause) {
      this.#fails(action, began, cause);
      throw cause;
    }
  }

  request(request: AuditedRequest): void {
    if (!this.#isWanted(request)) return;
    // To mask a body takes its time: many in a row would hold up everything else.
    this.#writer.add(request.content === undefined ? request : requestEntry(request, this.#mask));
  }

  /** Resolves when what happened until now is written, as far as that is before long. */
  settled(): Promise<void> {
    return this.#writer.settled(SETTLED_WITHIN_MS);
  }

  report(): AuditReport {
    return this.#writer.report();
  }

  /** Writes what waits, for so long, and closes the log. */
  async close(withinMs: number): Promise<void> {
    await this.#writer.close(withinMs);
    await this.#log.close?.();
  }

  async #begin(action: AuditAction): Promise<AuditEntry> {
    const entry = actionEntry(action, this.#clock.now(), this.#mask);
    const became = await this.#writer.write(entry, WRITTEN_WITHIN_MS);
    if (became === 'written') return entry;
    const error = new NexusError(
      'audit_unavailable',
      'The audit log takes no entries at the moment, and nothing is changed without one. Nothing was changed.',
    );
    // It may be there after all, and would say what is not so.
    if (became === 'unsure') this.#fails(action, entry, error);
    throw error;
  }

  #fails(action: AuditAction, { id }: AuditEntry, cause: unknown): void {
    const { code } = asNexusError(cause);
    this.#writer.add(actionEntry(action, this.#clock.now(), this.#mask, { code, began: id }));
  }

  #isWanted({ permission, route, status }: AuditedRequest): boolean {
    if (permission === 'none' && route !== undefined) return this.#settings.probes;
    if (this.#settings.requests === 'all' || status === 401 || status === 403) return true;
    return !USERS_PERMISSIONS.has(permission);
  }
}
