import type { ConfigControl } from './config-control.ts';
import { Configuration } from './control/configuration.ts';
import { incomingDocument } from './control/document/incoming.ts';
import type { ConfigDocument } from './control/document/keyed.ts';
import { managedConfig } from './control/managed-config.ts';
import { memoryConfigStore } from './defaults/config-store.ts';
import { isNexusError } from './errors.ts';
import type { Epochs } from './epochs.ts';
import type { Parts } from './parts.ts';
import type { Actor } from './request-audit.ts';
import type { Settings } from './settings.ts';

const DAY_MS = 86_400_000;

/** What of a hub is changed while it runs. */
export class HubControl {
  readonly configuration: Configuration<Parts>;
  /** Resolves when what is stored is in force; rejects where that failed. */
  readonly started: Promise<void>;
  readonly #epochs: Epochs;
  #isStarting = true;

  constructor({ control, database }: Settings, epochs: Epochs) {
    const { clock, logger } = epochs.lasting;
    const { kinds, document, stores } = control;
    this.#epochs = epochs;
    const shared = stores.config ?? database?.config;
    this.configuration = new Configuration<Parts>({
      store: shared ?? memoryConfigStore(),
      isShared: shared !== undefined,
      secrets: epochs.vault,
      kinds,
      audit: epochs.audit,
      build: (options) => epochs.build(options),
      clock,
      logger,
    });
    const file = startingDocument(document);
    if (shared === undefined && Object.keys(file).length === 0) {
      this.started = Promise.resolve();
      this.#isStarting = false;
      return;
    }
    this.configuration.check(file);
    this.started = this.configuration.start(file).finally(() => {
      this.#isStarting = false;
    });
    this.started.catch((cause: unknown) => {
      logger.error({ event: 'config_failed', cause }, 'what is configured could not be put in force');
    });
  }

  /** Set until it is known what is in force. */
  get starting(): Promise<void> | undefined {
    return this.#isStarting ? this.started.catch(() => undefined) : undefined;
  }

  configFor(actor: Actor): ConfigControl {
    const epochs = this.#epochs;
    const { clock, logger, books } = epochs.lasting;
    return managedConfig(actor, {
      configuration: this.configuration,
      providers: () => epochs.providers,
      parts: () => epochs.parts,
      asked: () => books.reads.usage({ groupBy: ['model', 'key'], fromMs: clock.now() - DAY_MS }),
      storedKeys: () => epochs.personalKeys.all(),
      clock,
      logger,
    });
  }

  async close(): Promise<void> {
    await this.configuration.close();
    await this.#epochs.vault.close();
  }
}

/** @throws TypeError, as for any option that is wrong */
function startingDocument(document: Readonly<Record<string, unknown>>): ConfigDocument {
  try {
    return incomingDocument(document);
  } catch (cause) {
    if (!isNexusError(cause)) throw cause;
    throw new TypeError(`NexusHub options: control.document: ${cause.message}`, { cause });
  }
}
