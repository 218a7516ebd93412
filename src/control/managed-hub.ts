import type { Parts } from '../parts.ts';
import type { Clock, Logger, Provider, StoredKey, UsageRow } from '../ports/index.ts';
import type { Configuration } from './configuration.ts';

/** What a hub gives of itself to whoever changes its configuration. */
export interface ManagedHub {
  readonly configuration: Configuration<Parts>;
  /** All there are, also those that the program itself has made. */
  readonly providers: () => Readonly<Record<string, Provider>>;
  readonly parts: () => Parts;
  /** What was asked for in the last day, by model and caller. */
  readonly asked: () => Promise<readonly UsageRow[]>;
  /** All personal keys. */
  readonly storedKeys: () => AsyncIterable<StoredKey>;
  readonly clock: Clock;
  readonly logger: Logger;
}
