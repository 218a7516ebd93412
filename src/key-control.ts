import type { Secret } from './provider-kit/secret.ts';

/** What can be said of a personal key. `null`: no limit, or nothing said. */
export interface KeyFields {
  /** For people; it need not be the only one of that name. */
  readonly name: string;
  /** Whose it is: a person, a team, an application. */
  readonly owner: string | null;
  /** What it may do: `admin`, `operator`, `viewer`, `user`, or one of the option `roles`. */
  readonly role: string;
  /** Models it may use. */
  readonly models: readonly string[] | null;
  /** Providers that may answer it, by their ids; no other is asked, also not by fallbacks. */
  readonly providers: readonly string[] | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly maxConcurrent: number | null;
  /** US dollars for each calendar day and month (UTC). */
  readonly budgetUsd: { readonly day: number | null; readonly month: number | null };
  /** Higher goes first where requests wait for a place, -100 to 100. */
  readonly priority: number;
  /** From this moment on it counts no more, in Unix milliseconds. */
  readonly expiresAtMs: number | null;
  /** Addresses and networks (`10.1.0.0/16`) its requests may come from. */
  readonly allowedAddresses: readonly string[] | null;
  /** It counts no more until somebody says otherwise. */
  readonly disabled: boolean;
  /** Whether its requests must be signed, or may be. */
  readonly signature: 'required' | 'allowed';
}

/** What of a key is changed; what is not named stays as it is, also within `budgetUsd`. */
export type KeyChanges = {
  readonly [Name in Exclude<keyof KeyFields, 'budgetUsd'>]?: KeyFields[Name] | undefined;
} & {
  readonly budgetUsd?:
    { readonly day?: number | null | undefined; readonly month?: number | null | undefined } | null | undefined;
};

/** A key to be made. What is left out has no limit; `role` is `user`. */
export type NewKey = KeyChanges & Pick<KeyFields, 'name'>;

/** How a secret looks that nobody is shown again. */
export interface SecretHint {
  readonly prefix: string;
  readonly last4: string;
}

/** A key as people are shown it. */
export interface KeyInfo extends KeyFields, SecretHint {
  /** The id of its caller in records, statistics and logs. */
  readonly id: string;
  /** One more with every change. */
  readonly version: number;
  /** Secrets it had before, and until when they count. */
  readonly previous: readonly (SecretHint & { readonly validUntilMs: number })[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** To some seconds. */
  readonly lastUsedAtMs: number | null;
}

/** A key, and its secret: nobody is shown that again. */
export interface MadeKey {
  readonly key: KeyInfo;
  /** `secret.reveal()` is the text; printed and logged it shows nothing. */
  readonly secret: Secret;
}

/** A part of the list of keys. */
export interface KeyPage {
  readonly data: readonly KeyInfo[];
  readonly hasMore: boolean;
}

/** Throws unless a key may be changed that is at this version, or is not there. */
export type KeyCheck = (version: number | undefined) => void;

/** The personal keys as whoever runs the hub sees and changes them. */
export interface KeyControl {
  /** @throws NexusError `request_invalid`, `keys_unavailable` */
  list(query?: { readonly after?: string | undefined; readonly limit?: number | undefined }): Promise<KeyPage>;
  /** @throws NexusError `not_found`, `keys_unavailable` */
  get(id: string): Promise<KeyInfo>;
  /** @throws NexusError `request_invalid`, `forbidden` where it could do more than who makes it, `keys_unavailable` */
  create(fields: NewKey): Promise<MadeKey>;
  /** @throws NexusError as `create` and `get`; `conflict`; what `check` throws */
  update(id: string, changes: KeyChanges, check?: KeyCheck): Promise<KeyInfo>;
  /** @throws NexusError as `get`; `forbidden`; what `check` throws */
  remove(id: string, check?: KeyCheck): Promise<void>;
  /**
   * Gives a key another secret. The old one counts for `overlapMs` more.
   * @throws NexusError as `update`
   */
  rotate(id: string, options?: { readonly overlapMs?: number | undefined }, check?: KeyCheck): Promise<MadeKey>;
}
