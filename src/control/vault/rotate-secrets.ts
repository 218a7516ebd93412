import { systemClock } from '../../defaults/clock.ts';
import { silentLogger } from '../../defaults/logger.ts';
import type { MasterKeySource } from '../../master-key-source.ts';
import type { SecretStore } from '../../ports/secret-store.ts';
import type { RotateOptions, RotationProgress } from '../../vault-control.ts';
import { Vault } from '../vault.ts';
import { Sealer } from './sealer.ts';

/**
 * Seals every secret of a store anew with the first of these master keys, without a hub. Hubs may use the store meanwhile.
 * @param masterKeys the newest first, then those that secrets were sealed with before.
 * @throws TypeError for a wrong master key; what the store rejects with; NexusError `secret_undecryptable` where the first
 *   key fails.
 */
export function rotateSecrets(
  store: SecretStore,
  masterKeys: readonly MasterKeySource[],
  options: RotateOptions = {},
): Promise<RotationProgress> {
  if (masterKeys.length === 0) throw new TypeError('rotateSecrets: masterKeys needs at least one key.');
  const sealer = new Sealer(masterKeys);
  return new Vault({ sealer, store, clock: systemClock, logger: silentLogger }).rotate(options);
}
