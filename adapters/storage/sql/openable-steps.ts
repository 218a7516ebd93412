import type { StorageSteps } from './storage-steps.ts';

/** Steps of a database that can be opened and closed. */
export interface OpenableSteps extends StorageSteps {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
}
