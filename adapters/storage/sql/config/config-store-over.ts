import type { ConfigStore } from 'nexusai-hub/ports';
import type { ConfigSteps } from './config-steps.ts';

/** A store of configurations from its steps. */
export function configStoreOver(steps: ConfigSteps): ConfigStore {
  return {
    newest: () => steps.newestEpoch(),
    epoch: (number) => steps.epoch(number),
    history: (query) => steps.epochHistory(query),
    append: (epoch) => steps.appendEpoch(epoch),
  };
}
