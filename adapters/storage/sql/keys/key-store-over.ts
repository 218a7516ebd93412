import type { KeyStore } from 'nexusai-hub/ports';
import type { KeySteps } from './key-steps.ts';

/** A store of personal keys from its steps. */
export function keyStoreOver(steps: KeySteps): KeyStore {
  return {
    find: (digests) => steps.findKey(digests),
    get: (id) => steps.key(id),
    page: (limit, after) => steps.keyPage(limit, after),
    put: (key) => steps.putKey(key),
    remove: (id) => steps.removeKey(id),
    version: () => steps.keyVersion(),
    used: (at) => steps.usedKeys(at),
  };
}
