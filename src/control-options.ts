import type { AuditLog, KeyStore } from './ports/index.ts';

/** A secret that keys are kept with, so that a list of what is kept tells nothing of them. */
export interface PepperOptions {
  /** Stands beside what is kept with it: up to 32 letters, digits, `-` and `_`. */
  readonly id: string;
  /** 32 bytes or more. */
  readonly secret: string | Uint8Array;
}

/** What is changed of a hub while it runs, and where that is kept. */
export interface ControlOptions {
  /** Where it is kept, by what it is. */
  readonly stores?: {
    /** Personal keys. With a store of yours nobody comes in without a key. @default in memory */
    readonly keys?: KeyStore | undefined;
    /** Who did what. @default in memory: the latest 10,000 entries */
    readonly audit?: AuditLog | undefined;
  };
  /**
   * Secrets that personal keys are kept with: the first for new keys, the others for those that are there. All processes
   * of a store need the same. @default the vault's; without a vault one that ends with the process
   */
  readonly peppers?: readonly PepperOptions[] | undefined;
  /**
   * How many wrong keys are looked at from one address within `windowMs`; then it gets 429 until that is over, but for keys
   * that were right meanwhile. `false`: any number.
   * @default { most: 20, windowMs: 60000 }
   */
  readonly wrongKeys?:
    false | { readonly most?: number | undefined; readonly windowMs?: number | undefined } | undefined;
}
