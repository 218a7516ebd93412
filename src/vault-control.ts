/** How far a rotation has got. */
export interface RotationProgress {
  /** `incomplete`: it is over, and some secrets could not be opened. `stopped`: it was called off. */
  readonly state: 'running' | 'done' | 'incomplete' | 'stopped' | 'failed';
  /** The master key that everything is sealed with when it is done. */
  readonly keyId: string;
  /** Secrets there are, as far as is known. */
  readonly total: number;
  /** Those that were looked at: `rotated`, `current` and `failed` together. */
  readonly checked: number;
  /** Sealed anew by this rotation. */
  readonly rotated: number;
  /** Sealed with that key already, or removed meanwhile. */
  readonly current: number;
  /** Not to be opened. They stay as they are. */
  readonly failed: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** How a rotation goes on. */
export interface RotateOptions {
  /** Is told after each few secrets, and at the end. */
  readonly onProgress?: (progress: RotationProgress) => void;
  /** Calls it off. What is sealed anew by then stays so. */
  readonly signal?: AbortSignal;
}

/** How many secrets want a master key. */
export interface KeyUse {
  readonly keyId: string;
  readonly secrets: number;
  /** False: these secrets cannot be opened until the key is added. */
  readonly isHere: boolean;
}

/** How the vault stands. Nothing in it is secret: ids of master keys tell nothing of them. */
export interface VaultStatus {
  /** `undecryptable`: there are secrets that cannot be opened with the master keys that are here. */
  readonly state: 'ready' | 'undecryptable';
  /** The master key that seals. */
  readonly keyId: string;
  /** All master keys that are here, the one that seals first. */
  readonly keyIds: readonly string[];
  /** Secrets that are stored. */
  readonly secrets: number;
  /** Of them, those whose master key is missing, and those that are damaged beyond being read. */
  readonly undecryptable: number;
  /** Which master keys the secrets want. */
  readonly byKey: readonly KeyUse[];
  /** The latest rotation of this process. */
  readonly rotation: RotationProgress | undefined;
}

/** The vault as whoever runs the hub sees it. It gives no secret. */
export interface VaultControl {
  status(): Promise<VaultStatus>;
  /** Seals all secrets anew with the newest master key, and resolves when that is over. */
  rotate(options?: RotateOptions): Promise<RotationProgress>;
  /** Begins it, or finds it begun, and resolves at once. */
  beginRotation(): Promise<RotationProgress>;
}
