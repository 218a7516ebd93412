import { AuditAdmin } from './audit-api.ts';
import { ConfigApi } from './config-api.ts';
import type { Gateway } from './gateway.ts';
import { Keys } from './keys-api.ts';
import { ProviderModelsApi, ProvidersApi } from './providers-api.ts';
import { AdminVault } from './vault-api.ts';

/** `hub.admin`: what is changed of a hub while it runs. Over HTTP it is the admin API. */
export class Admin {
  /** The configuration as a whole. */
  readonly config: ConfigApi;
  /** Providers that are configured. */
  readonly providers: ProvidersApi;
  /** Models of providers that are configured. */
  readonly providerModels: ProviderModelsApi;
  /** Personal keys. */
  readonly keys: Keys;
  /** How secrets are stored. */
  readonly vault: AdminVault;

  /** Who did what. */
  readonly audit: AuditAdmin;

  constructor(gateway: Gateway) {
    this.audit = new AuditAdmin(gateway);
    this.config = new ConfigApi(gateway);
    this.providers = new ProvidersApi(gateway);
    this.providerModels = new ProviderModelsApi(gateway);
    this.keys = new Keys(gateway);
    this.vault = new AdminVault(gateway);
  }
}
