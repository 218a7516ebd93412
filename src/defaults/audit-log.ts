import { NexusError } from '../errors.ts';
import type { AuditEntry, AuditHead, AuditLink, AuditLog, AuditQuery, LinkedAuditEntry } from '../ports/audit-log.ts';
import { CHAIN_START, linkedTo } from '../storage-kit/audit-chain.ts';
import { GrowingIds } from './growing-ids.ts';
import { nextTurn } from './tokens/next-turn.ts';

/** How much an audit log in memory keeps. */
export interface MemoryAuditLogOptions {
  /** @default 10000 */
  readonly maxEntries?: number;
}

/**
 * Keeps the latest entries in the memory of this process. What is over its bound goes, the oldest first, and the
 * checkpoint of its head says up to where. Hashes are made when somebody looks, a few at a time; where entries went before
 * anybody did, the chain begins anew behind them. Nothing survives a restart: what is to be proved belongs into a database.
 * @throws TypeError for a bound that is none.
 */
export function memoryAuditLog({ maxEntries = 10_000 }: MemoryAuditLogOptions = {}): AuditLog {
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1)
    throw new TypeError(`memoryAuditLog: maxEntries must be a whole number over 0, not ${String(maxEntries)}.`);
  return new MemoryAuditLog(maxEntries);
}

/** Links that are made in one turn of the loop: about 2 ms. */
const LINKS_AT_ONCE = 256;
/** The last time there is, in Unix milliseconds; the first is as far from 1970. */
const LAST_TIME_MS = 8.64e15;

/**
 * Entries are linked when somebody looks: a hash takes longer than all else that is done for an entry here, and of most
 * nobody asks before they go. So the first ones may go before they have hashes. Then the chain begins anew behind them, at
 * the number they end with and the hash that a chain begins with. That takes nothing from what can be proved: whatever was
 * shown has its links, keeps them, and stands before what went, and of what went nothing is left by which anybody could
 * tell whether a hash over it is right. To hash it when it goes would cost each entry of a full log its hash again.
 */
class MemoryAuditLog implements AuditLog {
  readonly #maxEntries: number;
  /** In their order, without gaps, from the one behind the checkpoint on. */
  readonly #linked: LinkedAuditEntry[] = [];
  /** Behind them, as they came. */
  readonly #unlinked: AuditEntry[] = [];
  readonly #ids = new GrowingIds();
  #checkpoint: AuditLink = CHAIN_START;
  /** This turn has had its links; who wants more waits for the next, and hears how many that may make. */
  #turn: Promise<number> | undefined;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    for (const entry of entries) checkEntry(entry);
    for (const entry of entries) if (this.#ids.add(entry.id)) this.#unlinked.push(entry);
    // Cut in strides: to cut one for each that comes would move all of them each time.
    if (this.#length > this.#maxEntries * 1.1) this.#cut(this.#length - this.#maxEntries);
  }

  page({ limit, ...query }: AuditQuery): Promise<{ data: LinkedAuditEntry[]; hasMore: boolean }> {
    const { before = Infinity } = query;
    return this.#look(
      () => before - 1,
      () => {
        const data: LinkedAuditEntry[] = [];
        for (let place = this.#linked.length - 1; place >= 0; place--) {
          const entry = this.#linked[place];
          if (!entry || !isMeant(entry, query)) continue;
          if (data.length === limit) return { data, hasMore: true };
          data.push(entry);
        }
        return { data, hasMore: false };
      },
    );
  }

  after(sequence: number, limit: number): Promise<readonly LinkedAuditEntry[]> {
    const skipped = (): number => Math.max(0, sequence - this.#checkpoint.sequence);
    return this.#look(
      () => this.#checkpoint.sequence + skipped() + limit,
      () => this.#linked.slice(skipped(), skipped() + limit),
    );
  }

  head(): Promise<AuditHead> {
    return this.#look(
      () => Infinity,
      () => ({ checkpoint: linkOf(this.#checkpoint), last: linkOf(this.#lastLink) }),
    );
  }

  remove(upTo: AuditLink): Promise<void> {
    return this.#look(
      () => upTo.sequence,
      () => {
        const count = upTo.sequence - this.#checkpoint.sequence;
        if (this.#linked[count - 1]?.hash !== upTo.hash)
          throw new NexusError(
            'conflict',
            'The audit log has no entry of this number with this hash: nothing was removed.',
          );
        this.#cut(count);
      },
    );
  }

  get #length(): number {
    return this.#linked.length + this.#unlinked.length;
  }

  get #lastLink(): AuditLink {
    return this.#linked.at(-1) ?? this.#checkpoint;
  }

  /**
   * What is seen once all up to a number, as far as it is there, have their links. It is of one moment: nothing comes
   * between the last link and the look, and where the log has moved on while others had their turn, so has the number.
   */
  async #look<T>(upTo: () => number, see: () => T): Promise<T> {
    let links = LINKS_AT_ONCE;
    for (;;) {
      const over = this.#length - this.#maxEntries;
      if (over > 0) this.#cut(over);
      const missing = Math.min(this.#unlinked.length, upTo() - this.#lastLink.sequence);
      if (!(missing > 0)) return see();
      if (this.#turn) links = await this.#turn;
      else this.#link(Math.min(missing, links));
    }
  }

  #link(count: number): void {
    const linked = linkedTo(this.#lastLink, this.#unlinked.slice(0, count));
    for (const entry of linked) this.#linked.push(entry);
    this.#unlinked.splice(0, count);
    if (count >= LINKS_AT_ONCE) this.#turn = this.#nextTurn();
  }

  /** Twice as many as came in the meantime: who looks gets to the end however fast others write. */
  async #nextTurn(): Promise<number> {
    const before = this.#checkpoint.sequence + this.#length;
    await nextTurn();
    this.#turn = undefined;
    return Math.max(LINKS_AT_ONCE, 2 * (this.#checkpoint.sequence + this.#length - before));
  }

  #cut(count: number): void {
    const last = this.#linked[count - 1];
    const sequence = this.#checkpoint.sequence + count;
    const unlinked = Math.max(0, count - this.#linked.length);
    if (last) this.#checkpoint = linkOf(last);
    else this.#checkpoint = { sequence, hash: CHAIN_START.hash };
    this.#linked.splice(0, count);
    this.#unlinked.splice(0, unlinked);
    this.#ids.cut(count);
  }
}

function linkOf({ sequence, hash }: AuditLink): AuditLink {
  return { sequence, hash };
}

/**
 * What has no hash when somebody looks can be linked to nothing, nor can what follows it.
 * @throws RangeError, TypeError
 */
function checkEntry(entry: AuditEntry): void {
  if (!(Math.abs(entry.atMs) <= LAST_TIME_MS)) throw new RangeError(`The time of the entry "${entry.id}" is none.`);
  const values: readonly unknown[] = Object.values(entry);
  if (!values.every(isPlain)) throw new TypeError(`Something of the entry "${entry.id}" is neither text nor number.`);
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || value === null || value === undefined;
}

function isMeant(entry: LinkedAuditEntry, query: Omit<AuditQuery, 'limit'>): boolean {
  const { fromMs = -Infinity, toMs = Infinity, before = Infinity, search } = query;
  if (entry.sequence >= before || entry.atMs < fromMs || entry.atMs >= toMs) return false;
  for (const name of ['actor', 'action', 'target', 'outcome', 'status'] as const)
    if (query[name] !== undefined && query[name] !== entry[name]) return false;
  return search === undefined || isFound(entry, search.toLowerCase());
}

function isFound({ actor, action, target, code, requestId, address }: LinkedAuditEntry, search: string): boolean {
  return [actor, action, target, code, requestId, address].some((text) => text?.toLowerCase().includes(search));
}
