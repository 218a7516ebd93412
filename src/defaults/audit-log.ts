import { NexusError } from '../errors.ts';
import type { AuditEntry, AuditHead, AuditLink, AuditLog, AuditQuery, LinkedAuditEntry } from '../ports/audit-log.ts';
import { CHAIN_START, linkedTo } from '../storage-kit/audit-chain.ts';
import { GrowingIds } from './growing-ids.ts';

/** How much an audit log in memory keeps. */
export interface MemoryAuditLogOptions {
  /** @default 10000 */
  readonly maxEntries?: number;
}

/**
 * Keeps the latest entries in the memory of this process. What is over its bound goes, the oldest first, and the
 * checkpoint of its head says up to where. Nothing survives a restart: what is to be proved belongs into a database.
 * @throws TypeError for a bound that is none.
 */
export function memoryAuditLog({ maxEntries = 10_000 }: MemoryAuditLogOptions = {}): AuditLog {
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1)
    throw new TypeError(`memoryAuditLog: maxEntries must be a whole number over 0, not ${String(maxEntries)}.`);
  return new MemoryAuditLog(maxEntries);
}

class MemoryAuditLog implements AuditLog {
  readonly #maxEntries: number;
  /** In their order, without gaps. */
  #entries: LinkedAuditEntry[] = [];
  readonly #ids = new GrowingIds();
  #checkpoint: AuditLink = CHAIN_START;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    const fresh = entries.filter(({ id }) => this.#ids.add(id));
    for (const entry of linkedTo(this.#last, fresh)) this.#entries.push(entry);
    // Cut in strides: to cut one for each that comes would move all of them each time.
    if (this.#entries.length > this.#maxEntries * 1.1) this.#cut(this.#entries.length - this.#maxEntries);
  }

  async page({ limit, ...query }: AuditQuery): Promise<{ data: LinkedAuditEntry[]; hasMore: boolean }> {
    const data: LinkedAuditEntry[] = [];
    for (let place = this.#entries.length - 1; place >= this.#forgotten; place--) {
      const entry = this.#entries[place];
      if (!entry || !isMeant(entry, query)) continue;
      if (data.length === limit) return { data, hasMore: true };
      data.push(entry);
    }
    return { data, hasMore: false };
  }

  async after(sequence: number, limit: number): Promise<readonly LinkedAuditEntry[]> {
    const from = Math.max(this.#forgotten, sequence - this.#checkpoint.sequence);
    return this.#entries.slice(from, from + limit);
  }

  async head(): Promise<AuditHead> {
    const checkpoint = this.#entries[this.#forgotten - 1] ?? this.#checkpoint;
    return { checkpoint: linkOf(checkpoint), last: linkOf(this.#last) };
  }

  async remove(upTo: AuditLink): Promise<void> {
    const count = upTo.sequence - this.#checkpoint.sequence;
    if (this.#entries[count - 1]?.hash !== upTo.hash || count <= this.#forgotten)
      throw new NexusError(
        'conflict',
        'The audit log has no entry of this number with this hash: nothing was removed.',
      );
    this.#cut(count);
  }

  get #last(): AuditLink {
    return this.#entries.at(-1) ?? this.#checkpoint;
  }

  /** Entries at the beginning that are over the bound, and wait to be cut. */
  get #forgotten(): number {
    return Math.max(0, this.#entries.length - this.#maxEntries);
  }

  #cut(count: number): void {
    this.#checkpoint = linkOf(this.#entries[count - 1] ?? this.#checkpoint);
    this.#entries = this.#entries.slice(count);
    this.#ids.cut(count);
  }
}

function linkOf({ sequence, hash }: AuditLink): AuditLink {
  return { sequence, hash };
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
