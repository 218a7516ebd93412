import { cacheKeyOf } from './cache-key.ts';
import type { CacheReport } from './cache-report.ts';
import type { CacheSettings } from './cache-settings.ts';
import type { Call } from './call.ts';
import { StoreWatch } from './defaults/store-watch.ts';
import { isCacheable, isFitToKeep } from './fit-to-keep.ts';
import type { KeptAnswer } from './kept-answer.ts';
import { keptAnswerIn, keptText } from './kept-answer.ts';
import type { AnswerCache, CacheKey, Caller, Clock, Logger, Target } from './ports/index.ts';
import type { CacheableCall, Made, Shelves } from './shelf.ts';
import { Shelf } from './shelf.ts';

/**
 * The cache of answers and the discipline around it: it is asked in time, read with suspicion, and never fails a request.
 */
export class AnswerShelves implements Shelves {
  readonly #cache: AnswerCache;
  readonly #settings: CacheSettings;
  readonly #clock: Clock;
  readonly #watch: StoreWatch;
  #hits = 0;
  #misses = 0;
  #kept = 0;
  #damaged = 0;

  constructor(cache: AnswerCache, settings: CacheSettings, clock: Clock, logger: Logger) {
    this.#cache = cache;
    this.#settings = settings;
    this.#clock = clock;
    const words = { what: 'kept answers', meanwhile: 'every answer is asked for anew until they are back' };
    this.#watch = new StoreWatch({ withinMs: settings.withinMs, ...words }, clock, logger);
  }

  get mostLength(): number {
    return this.#settings.maxEntryBytes;
  }

  get isShared(): boolean {
    return this.#settings.scope === 'hub';
  }

  /** Where the answer to this call lies, or is to lie; `undefined` where it is none to be kept. */
  shelfFor(call: Call, caller: Caller, targets: readonly Target[]): Shelf | undefined {
    if (!isCacheable(call)) return undefined;
    const scope = this.isShared ? { of: 'hub' as const } : { of: 'caller' as const, callerId: caller.id };
    const key = cacheKeyOf(scope, call, targets);
    return key && new Shelf(this, key, call.operation, targets);
  }

  /** What lies there, if it can be had now and read. */
  async find(key: CacheKey, operation: CacheableCall['operation']): Promise<KeptAnswer | undefined> {
    const text = await this.#watch.ask(() => this.#cache.get(key));
    const found = text === undefined ? undefined : keptAnswerIn(text, operation);
    if (text !== undefined && !found) this.#damaged++;
    // A cache may keep for too long, or was told to when answers lasted longer.
    if (!found || this.#clock.now() - found.atMs >= this.#settings.ttlMs) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    return found;
  }

  /** Keeps what was made, unless it is not fit to be kept. */
  keep(key: CacheKey, made: Made): void | Promise<void> {
    if (!isFitToKeep(made.body)) return undefined;
    const text = keptText({ atMs: this.#clock.now(), ...made });
    if (Buffer.byteLength(text) > this.#settings.maxEntryBytes) return undefined;
    const asked = this.#watch.ask(async () => {
      await this.#cache.set(key, text, this.#settings.ttlMs);
      this.#kept++;
    });
    return asked instanceof Promise ? asked : undefined;
  }

  report(): CacheReport {
    return {
      state: this.#watch.isAway ? 'away' : 'well',
      scope: this.#settings.scope,
      hits: this.#hits,
      misses: this.#misses,
      kept: this.#kept,
      damaged: this.#damaged,
      ...this.#cache.size?.(),
    };
  }

  async close(): Promise<void> {
    await this.#cache.close?.();
  }
}
