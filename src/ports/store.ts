/** One fact of a folder. */
export interface StoreEntry {
  readonly name: string;
  readonly value: string;
}

/**
 * Small facts that outlive a process or are shared by several: states of circuits, for example. Each has a name in a
 * folder; folders are few and named by the hub, names may be any text that callers brought, and values are texts.
 *
 * Every verb is one atomic step, and the last `set` of a name wins. None of them is on the way of a request: whoever
 * uses a store works on while it is slow or gone, so it may reject, and is asked again later.
 */
export interface Store {
  /** `undefined` where there is nothing, or its time is over. */
  get(folder: string, name: string): Promise<string | undefined>;
  /** `ttlMs`: forgotten after that time, counted from now, however often it is read. Absent: kept. */
  set(folder: string, name: string, value: string, ttlMs?: number): Promise<void>;
  /** Does nothing where there is nothing. */
  delete(folder: string, name: string): Promise<void>;
  /** All of a folder, in any order. Folders are small: it is read as a whole, up to once a second. */
  list(folder: string): Promise<readonly StoreEntry[]>;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
