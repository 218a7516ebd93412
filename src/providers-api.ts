import type { ConfigChange, ConfigControl, ModelView, ProviderTest, ProviderView } from './config-control.ts';
import { NexusError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import type { Permission } from './permissions.ts';

/** How a change of one entry is asked for. */
export interface EntryOptions {
  /** Only while its `tag` is this. */
  readonly ifTag?: string;
}

/** How a provider is tested. */
export interface TestOptions {
  /** @default the first of its models */
  readonly model?: string;
  readonly signal?: AbortSignal;
}

/** `hub.admin.providers`: providers that are configured while the hub runs. Members are those of the file. */
export class ProvidersApi {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * All there are, also those that the program has made, by their ids.
   * @throws NexusError `forbidden`, `operation_unsupported`
   */
  async list(): Promise<readonly ProviderView[]> {
    return (await this.#control('config.read')).providers();
  }

  /** @throws NexusError `not_found`, `forbidden`, `operation_unsupported` */
  async get(id: string): Promise<ProviderView> {
    return (await this.#control('config.read')).provider(id);
  }

  /**
   * Makes a provider: `{ id, kind, server_url, api_key, models, ... }`. It answers when this resolves.
   * @throws NexusError `request_invalid`, `conflict`, `audit_unavailable`, `forbidden`, `operation_unsupported`
   */
  async create(settings: ConfigChange): Promise<ProviderView> {
    return (await this.#control('providers.write')).createProvider(settings);
  }

  /**
   * Changes what is named of a provider; `null` takes a member away, and `models` is the whole list.
   * @throws NexusError `not_found`, `precondition_failed`, and as `create`
   */
  async update(id: string, change: ConfigChange, { ifTag }: EntryOptions = {}): Promise<ProviderView> {
    return (await this.#control('providers.write')).changeProvider(id, change, { check: checkOf(ifTag) });
  }

  /** @throws NexusError as `update` */
  async delete(id: string, { ifTag }: EntryOptions = {}): Promise<void> {
    await (await this.#control('providers.write')).removeProvider(id, { check: checkOf(ifTag) });
  }

  /**
   * Asks a provider for a few words, and tells what came of it.
   * @throws NexusError `not_found`, `request_invalid`, `forbidden`, `operation_unsupported`
   */
  async test(id: string, { model, signal = new AbortController().signal }: TestOptions = {}): Promise<ProviderTest> {
    return (await this.#control('providers.write')).testProvider(id, { model, signal });
  }

  #control(permission: Permission): Promise<ConfigControl> {
    return controlOf(this.#gateway, permission);
  }
}

/** `hub.admin.providerModels`: models of providers that are configured while the hub runs. */
export class ProviderModelsApi {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * All there are, or those of one provider.
   * @throws NexusError `not_found`, `forbidden`, `operation_unsupported`
   */
  async list({ provider }: { readonly provider?: string } = {}): Promise<readonly ModelView[]> {
    return (await this.#control('config.read')).models(provider);
  }

  /**
   * @param id `provider/name`
   * @throws NexusError `not_found`, `forbidden`, `operation_unsupported`
   */
  async get(id: string): Promise<ModelView> {
    return (await this.#control('config.read')).model(id);
  }

  /**
   * Adds a model to a provider: `{ provider_id, name, upstream_model, weight, tier, when }`. A provider that took any name
   * has from then on those that it lists.
   * @throws NexusError `request_invalid`, `not_found`, `conflict`, `audit_unavailable`, `forbidden`, `operation_unsupported`
   */
  async create(settings: ConfigChange): Promise<ModelView> {
    return (await this.#control('providers.write')).createModel(settings);
  }

  /**
   * Changes what is named of a model; `null` takes a member away.
   * @throws NexusError `precondition_failed`, and as `create`
   */
  async update(id: string, change: ConfigChange, { ifTag }: EntryOptions = {}): Promise<ModelView> {
    return (await this.#control('providers.write')).changeModel(id, change, { check: checkOf(ifTag) });
  }

  /** @throws NexusError as `update` */
  async delete(id: string, { ifTag }: EntryOptions = {}): Promise<void> {
    await (await this.#control('providers.write')).removeModel(id, { check: checkOf(ifTag) });
  }

  #control(permission: Permission): Promise<ConfigControl> {
    return controlOf(this.#gateway, permission);
  }
}

async function controlOf(gateway: Gateway, permission: Permission): Promise<ConfigControl> {
  return gateway.configFor(await gateway.authorize({ via: 'process' }, permission));
}

function checkOf(wanted: string | undefined): ((tag: string | undefined) => void) | undefined {
  if (wanted === undefined) return undefined;
  return (tag) => {
    if (tag === wanted) return;
    throw new NexusError('precondition_failed', 'This was changed since it was read. Read it again.');
  };
}
