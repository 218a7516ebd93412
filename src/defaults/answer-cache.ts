import type { AnswerCache, CacheKey } from '../ports/answer-cache.ts';
import type { Clock } from '../ports/clock.ts';

/** How much a cache in memory keeps. */
export interface MemoryAnswerCacheOptions {
  /** @default 10000 */
  readonly maxEntries?: number;
  /** What they take, about. @default 67108864 (64 MiB) */
  readonly maxBytes?: number;
}

/** What an entry takes beside its text, about. */
const BYTES_OF_ENTRY = 256;

interface Entry {
  readonly answer: string;
  readonly bytes: number;
  /** On the clock's scale that never jumps. */
  readonly endsAt: number;
}

/**
 * Keeps answers in the memory of this process: nothing survives it, and no other process sees them.
 *
 * Entries live in two generations, as those of a `RecentMap` do. What is read moves to the young one; when that holds half
 * of what there is room for, it becomes the old one, and what was left in the old one goes. So both bounds hold at any
 * moment, no step walks over all entries, and what was not read for longest goes first.
 * @throws TypeError for bounds that are none.
 */
export function memoryAnswerCache(
  clock: Clock,
  { maxEntries = 10_000, maxBytes = 64 * 1024 * 1024 }: MemoryAnswerCacheOptions = {},
): AnswerCache {
  checkBound('maxEntries', maxEntries);
  checkBound('maxBytes', maxBytes);
  const most = { entries: Math.max(1, Math.floor(maxEntries / 2)), bytes: Math.floor(maxBytes / 2) };
  let young = new Generation();
  let old = new Generation();

  const keep = (name: string, entry: Entry): void => {
    old.take(name);
    young.take(name);
    if (young.entries.size >= most.entries || young.bytes + entry.bytes > most.bytes) {
      old = young;
      young = new Generation();
    }
    young.add(name, entry);
  };

  return {
    get(key) {
      const name = nameOf(key);
      const entry = young.entries.get(name) ?? old.entries.get(name);
      if (!entry) return undefined;
      if (entry.endsAt <= clock.elapsed()) {
        young.take(name);
        old.take(name);
        return undefined;
      }
      if (old.entries.has(name)) keep(name, entry);
      return entry.answer;
    },
    set(key, answer, ttlMs) {
      const name = nameOf(key);
      const bytes = Buffer.byteLength(answer) + name.length + BYTES_OF_ENTRY;
      young.take(name);
      old.take(name);
      // One that fills half of the room by itself would push out everything else.
      if (bytes <= most.bytes) keep(name, { answer, bytes, endsAt: clock.elapsed() + ttlMs });
    },
    size: () => ({ entries: young.entries.size + old.entries.size, bytes: young.bytes + old.bytes }),
  };
}

class Generation {
  readonly entries = new Map<string, Entry>();
  bytes = 0;

  add(name: string, entry: Entry): void {
    this.entries.set(name, entry);
    this.bytes += entry.bytes;
  }

  take(name: string): void {
    const entry = this.entries.get(name);
    if (!entry) return;
    this.entries.delete(name);
    this.bytes -= entry.bytes;
  }
}

function nameOf({ scope, digest }: CacheKey): string {
  return `${scope}\n${digest}`;
}

function checkBound(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new TypeError(`memoryAnswerCache: ${name} must be a whole number over 0, not ${String(value)}.`);
}
