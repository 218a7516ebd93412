import { randomBytes } from 'node:crypto';
import { memoryKeyStore } from '../defaults/key-store.ts';
import type { KeyControl } from '../key-control.ts';
import type { Authenticator, Clock, KeyStore, Logger, StoredKey } from '../ports/index.ts';
import type { Actor } from '../request-audit.ts';
import type { AuditTrail } from './audit-trail.ts';
import { ChangeKeys } from './keys/change-keys.ts';
import type { Known } from './keys/key-duties.ts';
import { KnownKeys, stored } from './keys/known-keys.ts';
import { LastUses } from './keys/last-uses.ts';
import { PepperRing, type PepperSource } from './keys/pepper-ring.ts';
import { SigningKeys } from './keys/signing-keys.ts';
import { storedKeyAuthenticator } from './keys/stored-key-authenticator.ts';
import type { Vault } from './vault.ts';

/** Keys that are read at a time where all are. */
const PAGE = 200;

/** What personal keys need of a hub. */
export interface PersonalKeyNeeds extends Known {
  /** Absent: in the memory of this process. */
  readonly store?: KeyStore | undefined;
  /** Absent: the vault's, or else one that ends with the process, as the keys of its memory do. */
  readonly peppers?: PepperSource | undefined;
  readonly vault?: Pick<Vault, 'keep' | 'reveal' | 'forget' | 'pepper'> | undefined;
  readonly audit?: Pick<AuditTrail, 'change'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keys that are made and changed while the hub runs. */
export class PersonalKeys {
  readonly #needs: PersonalKeyNeeds;
  readonly #store: KeyStore;
  readonly #peppers: PepperRing;
  readonly #signing: SigningKeys;
  readonly #known: KnownKeys;
  readonly #uses: LastUses;

  constructor(needs: PersonalKeyNeeds) {
    const { clock, logger, vault } = needs;
    this.#needs = needs;
    this.#store = needs.store ?? memoryKeyStore();
    this.#peppers = new PepperRing(needs.peppers ?? pepperOf(vault));
    this.#signing = new SigningKeys(vault);
    this.#known = new KnownKeys({ store: this.#store, peppers: this.#peppers, clock, logger });
    this.#uses = new LastUses(this.#store, clock, logger);
  }

  /** One that knows these keys, and whom the other one knows. */
  authenticator(other: Authenticator): Authenticator {
    const { clock } = this.#needs;
    return storedKeyAuthenticator(other, { known: this.#known, uses: this.#uses, signing: this.#signing, clock });
  }

  /** The keys, for a caller that may see or change them. */
  controlFor(by: Actor): KeyControl {
    const { audit, clock } = this.#needs;
    return new ChangeKeys(by, {
      store: this.#store,
      peppers: this.#peppers,
      signing: this.#signing,
      known: this.#known,
      uses: this.#uses,
      hub: this.#needs,
      clock,
      change: (action, change) => (audit ? audit.change(action, change) : Promise.resolve().then(change)),
    });
  }

  /**
   * All there are, a page at a time.
   * @throws NexusError `keys_unavailable`
   */
  async *all(): AsyncGenerator<StoredKey> {
    let after: string | undefined;
    for (;;) {
      const from = after;
      const page = await stored(() => this.#store.page(PAGE, from));
      yield* page;
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }

  /** Writes what waits, and closes the store. */
  async close(): Promise<void> {
    await this.#uses.write();
    await this.#store.close?.();
  }
}

function pepperOf(vault: Pick<Vault, 'pepper'> | undefined): PepperSource {
  if (vault) return async () => [await vault.pepper()];
  const own = [{ id: 'process', bytes: randomBytes(32) }];
  return () => own;
}
