import type { MasterKeySource } from './master-key-source.ts';
import type { AuditLog, ConfigStore, KeyStore, SecretStore } from './ports/index.ts';
import type { ProviderKinds } from './provider-kit/provider-kind.ts';

/** A secret that keys are kept with, so that a list of what is kept tells nothing of them. */
export interface PepperOptions {
  /** Stands beside what is kept with it: up to 32 letters, digits, `-` and `_`. */
  readonly id: string;
  /** 32 bytes or more. */
  readonly secret: string | Uint8Array;
}

/** What is changed of a hub while it runs, and where that is kept. */
export interface ControlOptions {
  /** Where it is kept, by what it is. @default those of `database`, else in memory */
  readonly stores?: {
    /** Configurations. Several processes may share them. */
    readonly config?: ConfigStore | undefined;
    /** Secrets of configurations, sealed. They belong where the configurations are. */
    readonly secrets?: SecretStore | undefined;
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
  /** Kinds of providers that a configuration may name: `providerKinds` of `nexusai-hub/adapters/kinds`, and your own. */
  readonly kinds?: ProviderKinds | undefined;
  /**
   * What is configured at first, as in a file: docs/configuration.md. Where something is stored already, what has changed
   * in it since it was last applied is put into that, and nothing else.
   */
  readonly document?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Keys that seal secrets: the first seals, the others open what they have sealed before. 32 bytes each, as base64 or
   * hexadecimal, or functions that ask a service (KMS). A store that outlives the process needs one.
   * @default one that ends with the process
   */
  readonly masterKeys?: readonly MasterKeySource[] | undefined;
}
