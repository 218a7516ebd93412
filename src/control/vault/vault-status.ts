import type { SecretStore } from '../../ports/secret-store.ts';
import type { RotationProgress, VaultStatus } from '../../vault-control.ts';
import { sealedPartsOf } from './envelope.ts';
import { pagesOf } from './rotation.ts';

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
