import { signingKeyOf } from '../../defaults/signing-key.ts';
import { NexusError } from '../../errors.ts';
import type { StoredSecret } from '../../ports/index.ts';
import { Secret } from '../../provider-kit/secret.ts';
import type { Vault } from '../vault.ts';

/** What stored keys sign with: sealed, because the hub has to have it to check a signature. */
export class SigningKeys {
  readonly #vault: Pick<Vault, 'keep' | 'reveal' | 'forget'> | undefined;

  /** Without a vault stored keys sign nothing. */
  constructor(vault: Pick<Vault, 'keep' | 'reveal' | 'forget'> | undefined) {
    this.#vault = vault;
  }

  /** False: no stored key signs anything. */
  get areThere(): boolean {
    return this.#vault !== undefined;
  }

  /** @throws NexusError `operation_unsupported` where stored keys sign nothing */
  check(secret: StoredSecret | undefined): void {
    if (!this.#vault)
      throw new NexusError(
        'operation_unsupported',
        'signature: stored keys cannot sign here, because there is no vault to seal what they sign with.',
        { param: 'signature' },
      );
    if (secret?.signingKeyId === null)
      throw new NexusError(
        'operation_unsupported',
        'signature: this key was made where there was no vault, and has nothing to sign with. Rotate it first.',
        { param: 'signature' },
      );
  }

  /** Seals what a secret signs with; the id it is found by. */
  async keep(secret: string): Promise<string | null> {
    if (!this.#vault) return null;
    const { id } = await this.#vault.keep(new Secret(Buffer.from(signingKeyOf(secret)).toString('base64url')));
    return id;
  }

  /** What a secret signs with. */
  async reveal({ signingKeyId }: StoredSecret): Promise<Uint8Array | undefined> {
    if (!this.#vault || signingKeyId === null) return undefined;
    return Buffer.from((await this.#vault.reveal({ id: signingKeyId })).reveal(), 'base64url');
  }

  /** Nobody is to sign with this any more. */
  async forget({ signingKeyId }: StoredSecret): Promise<void> {
    if (signingKeyId !== null) await this.#vault?.forget({ id: signingKeyId });
  }
}
