import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { RecentMap } from './recent-map.ts';

/** Entries kept in a folder; over it those not used for longest are forgotten. Names may come from callers. */
const MOST_ENTRIES = 10_000;

interface Kept {
  readonly value: string;
  /** On the clock's scale that never jumps. */
  readonly endsAt: number;
}

/** Keeps facts in the memory of this process: nothing survives it, and no other process sees them. */
export function memoryStore(clock: Clock, mostEntries: number = MOST_ENTRIES): Store {
  const folders = new Map<string, RecentMap<string, Kept>>();
  const isOver = ({ endsAt }: Kept): boolean => endsAt <= clock.elapsed();
  return {
    async get(folder, name) {
      const kept = folders.get(folder)?.get(name);
      return kept && !isOver(kept) ? kept.value : undefined;
    },
    async set(folder, name, value, ttlMs = Infinity) {
      let entries = folders.get(folder);
      if (!entries) folders.set(folder, (entries = new RecentMap(mostEntries)));
      entries.set(name, { value, endsAt: clock.elapsed() + ttlMs });
    },
    async delete(folder, name) {
      folders.get(folder)?.delete(name);
    },
    async list(folder) {
      const entries = [...(folders.get(folder)?.entries() ?? [])];
      return entries.filter(([, kept]) => !isOver(kept)).map(([name, { value }]) => ({ name, value }));
    },
  };
}
