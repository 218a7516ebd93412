/** A secret as it is stored: sealed, so that nobody who reads the store can tell what it is. */
export interface SealedSecret {
  /** Up to 64 letters of ASCII, digits, `-` and `_`. */
  readonly id: string;
  /** Up to some thousand printable letters of ASCII. */
  readonly sealed: string;
}

/**
 * Where sealed secrets are kept, a row each. The store knows neither keys nor what is sealed. What lasts beyond the process
 * is durable when a verb resolves, and each verb is one atomic step for all who share the store.
 */
export interface SecretStore {
  /** False where the id is taken: what is there stays as it is. */
  put(id: string, sealed: string): boolean | Promise<boolean>;
  /** `undefined` where there is none. */
  get(id: string): string | undefined | Promise<string | undefined>;
  /** The first `limit` whose ids follow `after`, in the order of the code units of their ids: in no language's. */
  page(limit: number, after?: string): readonly SealedSecret[] | Promise<readonly SealedSecret[]>;
  /** Puts `after` where `before` is. False where something else is there, or nothing: it stays as it is. */
  replace(id: string, before: string, after: string): boolean | Promise<boolean>;
  /** False where there was none. */
  remove(id: string): boolean | Promise<boolean>;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
