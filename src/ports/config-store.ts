/** Plain JSON as it is stored. */
export type StoredJson =
  null | boolean | number | string | readonly StoredJson[] | { readonly [name: string]: StoredJson };

/** Who changed a configuration, when, and what for. */
export interface EpochSummary {
  /** 1 for the first, and one more for each change. */
  readonly number: number;
  readonly atMs: number;
  /** Id of the caller who changed it. */
  readonly by: string;
  /** What was done, in a few words. */
  readonly note: string;
}

/** A configuration as it was at one time. It never changes; a change makes the next one. */
export interface StoredEpoch extends EpochSummary {
  /** What holds in it: `providers`, `routing` and the others, as in the file. Secrets are named by their ids. */
  readonly document: Readonly<Record<string, StoredJson>>;
  /** What the file said when it was last applied, in the same form. What it says next is held against this. */
  readonly base: Readonly<Record<string, StoredJson>>;
}

/**
 * Where configurations are kept that change at run time: a sequence of epochs that several processes may share.
 *
 * It is the bare thing: the hub validates, and asks again while it is away. Every verb may reject.
 */
export interface ConfigStore {
  /** Gets ready now, and says what is wrong. Absent or not called: the first verb does it. */
  open?(): Promise<void>;
  /** The number of the newest epoch; 0 where there is none. Asked about twice a second, by every process. */
  newest(): Promise<number>;
  /** The epoch of that number; `undefined` where there is none, or no longer. */
  epoch(number: number): Promise<StoredEpoch | undefined>;
  /** The latest before one, the newest first. */
  history(query: { readonly before?: number | undefined; readonly limit: number }): Promise<readonly EpochSummary[]>;
  /**
   * Keeps an epoch, if its number is the one after the newest; `false` and nothing is kept otherwise: somebody else was
   * first. Durable when it resolves. Of older ones the latest hundred are kept at least.
   */
  append(epoch: StoredEpoch): Promise<boolean>;
  close?(): void | Promise<void>;
}
