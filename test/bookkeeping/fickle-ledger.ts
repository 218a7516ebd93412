import type { Ledger, LedgerEntry } from 'nexusai-hub/ports';

/** A ledger that does what a test wants, and knows what it was asked. */
export interface FickleLedger extends Pick<Ledger, 'append'> {
  /** `away`: it rejects; `silent`: it never answers. */
  mood: 'well' | 'away' | 'silent';
  /** Ids it cannot take. */
  readonly poison: Set<string>;
  /** Ids it was asked to take, batch by batch. */
  readonly asked: string[][];
  /** Ids it took, in their order. */
  readonly taken: string[];
  readonly entries: LedgerEntry[];
}

export function fickleLedger(): FickleLedger {
  const taken: string[] = [];
  const asked: string[][] = [];
  const entries: LedgerEntry[] = [];
  const poison = new Set<string>();
  return {
    mood: 'well',
    poison,
    asked,
    taken,
    entries,
    append(came) {
      asked.push(came.map(({ id }) => id));
      if (this.mood === 'silent') return new Promise<never>(() => undefined);
      if (this.mood === 'away') return Promise.reject(new Error('no connection'));
      if (came.some(({ id }) => poison.has(id))) return Promise.reject(new Error('constraint'));
      for (const entry of came) {
        if (taken.includes(entry.id)) continue;
        taken.push(entry.id);
        entries.push(entry);
      }
      return Promise.resolve();
    },
  };
}
