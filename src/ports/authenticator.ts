/** What a caller shows of itself. */
export interface Credentials {
  /** `process`: a call from our own program. `http`: a request from outside. */
  readonly via: 'process' | 'http';
  /** The key as sent: `Authorization: Bearer`, or `api-key`/`x-api-key`. */
  readonly key?: string | undefined;
  /** The id of the key that the request is signed with. Whoever brought the request has checked the signature. */
  readonly signedBy?: string | undefined;
  /** Where the request comes from, as far as that is known. */
  readonly address?: string | undefined;
}

/** Who asks. */
export interface Caller {
  /** Stable id, safe to log and to store; never the key itself. */
  readonly id: string;
  /**
   * What the caller may do: `admin`, `operator`, `viewer`, `user`, or a role of the option `roles`. Any other may do
   * nothing.
   */
  readonly role: string;
  /** Models it may use. Absent: all. */
  readonly models?: readonly string[];
  /** Providers that may answer it, by their ids: the hub asks no other. Absent: all. */
  readonly providers?: readonly string[];
  /** Requests it may make in a minute. Absent: no limit of its own. */
  readonly requestsPerMinute?: number;
  /** Tokens it may use in a minute, prompt and completion together. Absent: no limit of its own. */
  readonly tokensPerMinute?: number;
  /** Requests it may have running at once. Absent: no limit of its own. */
  readonly maxConcurrent?: number;
  /** Nano-dollars it may spend in a calendar day and month (UTC). Absent: no limit of its own. */
  readonly budgetNanoUsd?: { readonly day?: number; readonly month?: number };
  /** Higher goes first where requests wait for a place. @default 0 */
  readonly priority?: number;
  /** From this moment on its key counts no more, in Unix milliseconds. Absent: it does not end by itself. */
  readonly expiresAtMs?: number;
  /** Addresses and networks (`10.1.0.0/16`) that requests of its key may come from. Absent: all. */
  readonly allowedAddresses?: readonly string[];
  /** Whether requests of its key have to be signed. @default 'allowed' */
  readonly signature?: 'required' | 'allowed';
}

/** Answers "who is asking?". */
export interface Authenticator {
  /**
   * Resolves with the caller.
   * @throws NexusError `unauthenticated` when the key is missing or unknown, or its requests must be signed and this one
   * is not.
   */
  identify(credentials: Credentials, signal: AbortSignal): Caller | Promise<Caller>;
  /**
   * What requests are signed with by the key of this id: `signingKeyOf` its secret. `undefined`: nobody signs as that.
   * Absent: signatures are not looked at.
   */
  signingKey?(keyId: string, signal: AbortSignal): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}
