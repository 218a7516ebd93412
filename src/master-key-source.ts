/**
 * A key that seals the keys of secrets. Of your own it may stand for one that never leaves a service (KMS): the two
 * functions then ask that service.
 */
export interface MasterKey {
  /** Stands in everything it has sealed, so it is for good: up to 256 visible letters of ASCII, without `$`. */
  readonly id: string;
  /** Seals the key of one secret, 32 bytes. */
  wrap(dataKey: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Opens what `wrap` has sealed. Rejects where it cannot. */
  unwrap(wrapped: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A master key as it is given: 32 bytes, or their text in base64 or hexadecimal, or two functions of your own. */
export type MasterKeySource = string | Uint8Array | MasterKey;
