/** The head of a request as its signature sees it. */
export interface SignableRequest {
  readonly method: string;
  /** Path and query as the client sent them, whatever the hub is mounted under. */
  readonly target: string;
  /** Where it comes from, as far as that is known. */
  readonly address?: string | undefined;
  /** A header by its name in lower case, `host` among them. */
  header(name: string): string | undefined;
}

/** A head whose signature was right. */
export interface SignedHead {
  /** The name of the key it was signed with. */
  readonly keyId: string;
  /** SHA-256 of the body as it is sent. Absent: there is none. */
  readonly bodyDigest?: Uint8Array;
}
