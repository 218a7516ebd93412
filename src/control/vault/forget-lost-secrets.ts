import type { MasterKeySource } from '../../master-key-source.ts';
import type { SecretStore } from '../../ports/secret-store.ts';
import { sealedPartsOf } from './envelope.ts';
import { pagesOf } from './rotation.ts';
import { Sealer } from './sealer.ts';

/**
 * Removes every secret that wants a master key which is lost for good, and returns how many those were. Nothing brings them
 * back: what they belonged to is given new ones. Hubs that use the store are to be stopped first, as they may know what was
 * in them.
 * @param keyId the id of the lost key, as the log and the status of the vault tell it.
 * @param masterKeys those that there are.
 * @throws TypeError where the key is one of them, as it is not lost then; what the store rejects with.
 */
export async function forgetLostSecrets(
  store: SecretStore,
  keyId: string,
  masterKeys: readonly MasterKeySource[],
): Promise<number> {
  if (masterKeys.length > 0 && new Sealer(masterKeys).keyIds.includes(keyId))
    throw new TypeError(`the master key ${keyId} is not lost: it is one of those that are here`);
  let removed = 0;
  for await (const page of pagesOf(store))
    for (const { id, sealed } of page)
      if (sealedPartsOf(sealed)?.keyId === keyId && (await store.remove(id))) removed += 1;
  return removed;
}
