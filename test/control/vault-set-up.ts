import { randomBytes } from 'node:crypto';

import type { SecretStore } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';

import { Vault } from '../../src/control/vault.ts';
import type { MasterKeySource } from '../../src/master-key-source.ts';
import { Sealer } from '../../src/control/vault/sealer.ts';
import { memorySecretStore } from '../../src/defaults/secret-store.ts';
import type { LogLine } from '../data/recording-logger.ts';
import { recordingLogger } from '../data/recording-logger.ts';

/** A master key by chance. */
export function masterKey(): Uint8Array {
  return randomBytes(32);
}

/** A vault with these master keys, over this store. */
export function vaultOf(
  keys: readonly MasterKeySource[] = [],
  store: SecretStore = memorySecretStore(),
): { readonly vault: Vault; readonly store: SecretStore; readonly sealer: Sealer; readonly lines: readonly LogLine[] } {
  const { logger, lines } = recordingLogger();
  const sealer = new Sealer(keys);
  return { vault: new Vault({ sealer, store, clock: manualClock(), logger }), store, sealer, lines };
}
