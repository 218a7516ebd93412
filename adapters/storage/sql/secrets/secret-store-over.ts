import type { SecretStore } from 'nexusai-hub/ports';
import type { SecretSteps } from './secret-steps.ts';

/** A store of secrets from its steps. */
export function secretStoreOver(steps: SecretSteps): SecretStore {
  return {
    put: (id, sealed) => steps.putSecret(id, sealed),
    get: (id) => steps.secret(id),
    page: (limit, after) => steps.secretPage(limit, after),
    replace: (id, before, after) => steps.replaceSecret(id, before, after),
    remove: (id) => steps.removeSecret(id),
  };
}
