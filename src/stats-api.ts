import type { Gateway } from './gateway.ts';
import type { HubStats } from './hub-stats.ts';
import type { ExportQuery } from './ledger-export.ts';
import type { LiveStats } from './live-stats.ts';
import type { Permission } from './permissions.ts';
import type { LedgerFilter, LedgerSummary, UsageQuery, UsageRow } from './ports/index.ts';
import type { Views } from './views.ts';

/** `hub.stats`: what the hub does and has done. */
export class Stats {
  /** What this process has done since the hub started, and is doing. Takes no time and asks nobody. */
  readonly now: () => HubStats;
  readonly #gateway: Gateway;

  constructor(gateway: Gateway, now: () => HubStats) {
    this.#gateway = gateway;
    this.now = now;
  }

  /**
   * Sums over the ledger, or a part of it.
   * @throws NexusError `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async summary(filter: LedgerFilter = {}): Promise<LedgerSummary> {
    return (await this.#views('stats.read')).summary(filter);
  }

  /**
   * Sums by model, provider, key, hour or day, with percentiles of how long answers took:
   * `hub.stats.usage({ groupBy: ['day', 'model'], fromMs })`.
   * @throws NexusError `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    return (await this.#views('stats.read')).usage(query);
  }

  /**
   * How the hub stands, now and then once a second, until the loop is left, `signal` aborts or the hub closes. Who reads
   * slowly misses moments.
   * @throws NexusError `forbidden`
   */
  async *live({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<LiveStats, void, undefined> {
    yield* (await this.#views('stats.read')).live(signal);
  }

  /**
   * Every attempt of the ledger, or of a part of it, as text, a piece at a time: for `pipeline(…, createWriteStream(…))`.
   * @throws NexusError `request_invalid`, `ledger_unavailable`, `forbidden`
   */
  async *export(query: ExportQuery): AsyncGenerator<string, void, undefined> {
    yield* (await this.#views('stats.export')).export('stats', query);
  }
  async #views(permission: Permission): Promise<Views> {
    await this.#gateway.authorize({ via: 'process' }, permission);
    return this.#gateway.views;
  }
}
