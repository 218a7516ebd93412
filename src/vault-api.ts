import type { Gateway } from './gateway.ts';
import type { Permission } from './permissions.ts';
import type { RotateOptions, RotationProgress, VaultControl, VaultStatus } from './vault-control.ts';

/** `hub.admin.vault`: how secrets are stored. It gives none. */
export class AdminVault {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * Which master keys there are, which ones the stored secrets want, and how the latest rotation is getting on.
   * @throws NexusError `forbidden`, `config_unavailable`
   */
  async status(): Promise<VaultStatus> {
    return (await this.#control('vault.read')).status();
  }

  /**
   * Seals every stored secret anew with the newest master key, while all of them stay readable. Who asks while it goes on
   * waits for the same one; ended in the middle it is gone on with by asking again.
   * @throws NexusError `forbidden`, `secret_undecryptable` where the newest master key fails; what the store rejects with
   */
  async rotate(options: RotateOptions = {}): Promise<RotationProgress> {
    return (await this.#control('vault.rotate')).rotate(options);
  }

  async #control(permission: Permission): Promise<VaultControl> {
    return this.#gateway.vaultFor(await this.#gateway.authorize({ via: 'process' }, permission));
  }
}
