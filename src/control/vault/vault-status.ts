import type { SecretStore } from '../../ports/secret-store.ts';
import { sealedPartsOf } from './envelope.ts';
import { pagesOf, type RotationProgress } from './rotation.ts';

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

/** Looks at what is stored, and opens nothing. */
export async function statusOf(
  store: SecretStore,
  keyIds: readonly string[],
  rotation: RotationProgress | undefined,
): Promise<VaultStatus> {
  const [keyId = ''] = keyIds;
  const uses = new Map<string, number>();
  let [secrets, damaged] = [0, 0];
  for await (const page of pagesOf(store))
    for (const { sealed } of page) {
      const parts = sealedPartsOf(sealed);
      secrets += 1;
      if (parts) uses.set(parts.keyId, (uses.get(parts.keyId) ?? 0) + 1);
      else damaged += 1;
    }
  const byKey = [...uses].map(([id, count]) => ({ keyId: id, secrets: count, isHere: keyIds.includes(id) }));
  const missing = byKey.reduce((sum, use) => (use.isHere ? sum : sum + use.secrets), 0);
  const undecryptable = missing + damaged;
  const state = undecryptable > 0 ? 'undecryptable' : 'ready';
  return { state, keyId, keyIds, secrets, undecryptable, byKey, rotation };
}
