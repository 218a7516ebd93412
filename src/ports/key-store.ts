/** One secret of a key, as far as it is stored: enough to know it again, too little to make it. */
export interface StoredSecret {
  /** HMAC-SHA-256 of the secret with a pepper, in base64url, behind the id of that pepper and a dot. */
  readonly digest: string;
  /** How it begins and ends, for people to know it again. */
  readonly prefix: string;
  readonly last4: string;
  /** Until when it counts, in Unix milliseconds; `null`: as long as its key does. */
  readonly validUntilMs: number | null;
  /** Where what it signs with is sealed; `null`: it signs nothing. */
  readonly signingKeyId: string | null;
}

/** A personal key as it is stored. Plain JSON, and none of it is secret. `null`: no limit, or nothing said. */
export interface StoredKey {
  /** Plain ASCII without blanks, up to 64 characters. The id of its caller. */
  readonly id: string;
  /** 1 at first, and one more with every change. */
  readonly version: number;
  readonly name: string;
  readonly owner: string | null;
  readonly role: string;
  /** The one that is shown first, and after a rotation those that it replaced, while they count. */
  readonly secrets: readonly StoredSecret[];
  readonly models: readonly string[] | null;
  readonly providers: readonly string[] | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly maxConcurrent: number | null;
  readonly budgetUsd: { readonly day: number | null; readonly month: number | null };
  readonly priority: number;
  readonly expiresAtMs: number | null;
  /** Addresses and networks (`10.1.0.0/16`) that its requests may come from. */
  readonly allowedAddresses: readonly string[] | null;
  readonly disabled: boolean;
  readonly signature: 'required' | 'allowed';
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Set by `used`, whatever its version. */
  readonly lastUsedAtMs: number | null;
}

/**
 * Keeps personal keys. What lasts beyond the process is durable when a verb resolves, and each verb is one atomic step for
 * all who share the store. Members of a key that a store does not know it keeps, too. Every verb may reject.
 */
export interface KeyStore {
  /** Gets ready now, and says what is wrong. Absent or not called: the first verb does it. */
  open?(): Promise<void>;
  /** The key that has one of these digests. */
  find(digests: readonly string[]): StoredKey | undefined | Promise<StoredKey | undefined>;
  get(id: string): StoredKey | undefined | Promise<StoredKey | undefined>;
  /** The first `limit` whose ids follow `after`, in the order of the code units of their ids. */
  page(limit: number, after?: string): readonly StoredKey[] | Promise<readonly StoredKey[]>;
  /**
   * Keeps a key: a new one where its version is 1, else in place of the version before. False where there is another
   * version, or one already, or none; then nothing is changed. Of a key that is kept, `lastUsedAtMs` is the later of both.
   * @throws where another key has one of its digests: nobody is shown two keys with the same secret.
   */
  put(key: StoredKey): boolean | Promise<boolean>;
  /** False where there is none. */
  remove(id: string): boolean | Promise<boolean>;
  /** Another number after every `put` and `remove` that did something. Asked twice a second by every process in use. */
  version(): number | Promise<number>;
  /** When keys were used, in Unix milliseconds by id: a moment before the one that is known changes nothing. */
  used(at: ReadonlyMap<string, number>): void | Promise<void>;
  close?(): void | Promise<void>;
}
