import { randomBytes } from 'node:crypto';
import { RecentMap } from '../defaults/recent-map.ts';
import { timeOrderedId } from '../defaults/time-ordered-id.ts';
import { NexusError } from '../errors.ts';
import type { Clock, Logger, SecretStore } from '../ports/index.ts';
import { Secret } from '../provider-kit/secret.ts';
import type { RotateOptions, RotationProgress, VaultStatus } from '../vault-control.ts';
import type { SealedPlace } from './vault/envelope.ts';
import { type Pepper, pepperFrom } from './vault/pepper.ts';
import { Rotation } from './vault/rotation.ts';
import { SealError } from './vault/seal-error.ts';
import type { Sealer } from './vault/sealer.ts';
import { undecryptable } from './vault/undecryptable.ts';
import { statusOf } from './vault/vault-status.ts';

/** What documents hold in place of a secret. Not secret itself. */
export interface SecretReference {
  readonly id: string;
  /** The last four letters, for people to know it again; empty where they would be too much of it. */
  readonly last4: string;
}

interface Needs {
  readonly sealer: Sealer;
  readonly store: SecretStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Of a shorter secret nothing is shown. */
const SHORTEST_SHOWN = 12;
/** Of which secrets it was told that they do not open. */
const MOST_TOLD = 1_000;
const PEPPER_ROOT = 'pepper-root';

/**
 * Keeps secrets sealed, and opens them. Each is a row of its own in the store; whoever needs it holds a reference.
 *
 * A secret that does not open is an error for whoever wants that one, and a line in the log; it stays as it is, for the day
 * its master key is back.
 */
export class Vault {
  readonly #needs: Needs;
  readonly #told = new RecentMap<string, string>(MOST_TOLD);
  readonly #closing = new AbortController();
  #state: 'ready' | 'undecryptable' | 'unknown' = 'unknown';
  #rotation: Rotation | undefined;
  #running: Promise<RotationProgress> | undefined;
  #pepper: Promise<Pepper> | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** The master key that seals. */
  get keyId(): string {
    return this.#needs.sealer.keyId;
  }

  /** As it was when the stored secrets were last looked at; whoever could not open one knows it, too. */
  get state(): 'ready' | 'undecryptable' | 'unknown' {
    return this.#state;
  }

  /**
   * Seals a secret and stores it.
   * @throws NexusError `secret_undecryptable` where the owner's own master key fails; `request_invalid`
   */
  async keep(secret: Secret): Promise<SecretReference> {
    const text = secret.reveal();
    if (Buffer.from(text).toString() !== text)
      throw new NexusError('request_invalid', 'A secret has to be text of whole letters.');
    const id = timeOrderedId(this.#needs.clock.now());
    if (!(await this.#put(id, text))) throw new NexusError('internal', 'The id of a new secret was taken.');
    return { id, last4: text.length < SHORTEST_SHOWN ? '' : text.slice(-4) };
  }

  /**
   * The secret of a reference, as it is stored now.
   * @throws NexusError `secret_undecryptable`
   */
  async reveal({ id }: Pick<SecretReference, 'id'>): Promise<Secret> {
    const sealed = await this.#needs.store.get(id);
    try {
      if (sealed === undefined) throw new SealError('missing', undefined);
      const text = await this.#needs.sealer.open(sealed, placeOf(id));
      this.#told.delete(id);
      return new Secret(text);
    } catch (cause) {
      if (!(cause instanceof SealError)) throw cause;
      this.#state = 'undecryptable';
      throw this.#refused(id, cause);
    }
  }

  /** Removes what nobody refers to any more. False where it was gone. */
  async forget({ id }: Pick<SecretReference, 'id'>): Promise<boolean> {
    return this.#needs.store.remove(id);
  }

  /** Which master keys there are, which are wanted, and how a rotation is getting on. */
  async status(): Promise<VaultStatus> {
    const { store, sealer } = this.#needs;
    const status = await statusOf(store, sealer.keyIds, this.#rotation?.progress);
    this.#state = status.state;
    return status;
  }

  /**
   * Seals every secret anew with the newest master key, while all of them stay readable. Who asks while it goes on waits
   * for the same one. Ended in the middle it is gone on with by asking again.
   * @throws what the store rejects with; NexusError `secret_undecryptable` where the newest master key fails.
   */
  async rotate({ onProgress = () => undefined, signal }: RotateOptions = {}): Promise<RotationProgress> {
    this.#running ??= this.#rotate(onProgress, signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Begins a rotation, or finds it begun. What it fails with is in the log, and its status says so. */
  beginRotation(): RotationProgress {
    void this.rotate().catch(() => undefined);
    const progress = this.#rotation?.progress;
    if (!progress) throw new NexusError('internal', 'The rotation has not begun.');
    return progress;
  }

  /** Says in the log which master keys are missing. Whoever needs one of these secrets is told by an error, too. */
  async check(): Promise<void> {
    const { logger } = this.#needs;
    try {
      const { state, undecryptable: secrets, keyIds, byKey } = await this.status();
      if (state === 'ready') return;
      const wanted = byKey.filter(({ isHere }) => !isHere).map(({ keyId }) => keyId);
      logger.error(
        { event: 'vault_undecryptable', secrets, wantedKeyIds: wanted, keyIds },
        'secrets are stored that cannot be opened with the master keys that are here: add the ones they want',
      );
    } catch (cause) {
      logger.warn({ cause }, 'the stored secrets could not be looked at');
    }
  }

  /** What keys of callers are hashed with: of one root for all processes of the store, which is sealed as any secret is. */
  async pepper(): Promise<Pepper> {
    this.#pepper ??= this.#rootOfPepper().then(pepperFrom);
    return this.#pepper.catch((cause: unknown) => {
      this.#pepper = undefined;
      throw cause;
    });
  }

  /** Ends what is under way, and closes the store. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running?.catch(() => undefined);
    await this.#needs.store.close?.();
  }

  async #rotate(onProgress: (progress: RotationProgress) => void, signal?: AbortSignal): Promise<RotationProgress> {
    const { logger } = this.#needs;
    const rotation = new Rotation({ ...this.#needs, placeOf }, onProgress);
    this.#rotation = rotation;
    const signals = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    try {
      const { state, keyId, total, rotated, failed } = await rotation.run(signals);
      const record = { event: 'vault_rotated', state, keyId, total, rotated, failed };
      if (failed > 0)
        logger.error(record, 'secrets are sealed anew, but some could not be opened and stay as they are');
      else logger.info(record, 'secrets are sealed anew');
      return rotation.progress;
    } catch (cause) {
      logger.error({ event: 'vault_rotation_failed', cause }, 'sealing secrets anew broke off: ask for it again');
      throw cause instanceof SealError ? undecryptable('', cause, this.#needs.sealer.keyIds) : cause;
    }
  }

  /** The first process makes it; all others find it. */
  async #rootOfPepper(): Promise<string> {
    const made = randomBytes(32).toString('base64url');
    const isThere = (await this.#needs.store.get(PEPPER_ROOT)) !== undefined;
    if (!isThere && (await this.#put(PEPPER_ROOT, made))) return made;
    return (await this.reveal({ id: PEPPER_ROOT })).reveal();
  }

  async #put(id: string, text: string): Promise<boolean> {
    const { sealer, store } = this.#needs;
    try {
      return await store.put(id, await sealer.seal(text, placeOf(id)));
    } catch (cause) {
      throw cause instanceof SealError ? this.#refused(id, cause) : cause;
    }
  }

  #refused(id: string, cause: SealError): NexusError {
    const { sealer, logger } = this.#needs;
    const error = undecryptable(id, cause, sealer.keyIds);
    if (this.#told.get(id) !== cause.reason) {
      this.#told.set(id, cause.reason);
      const record = { event: 'secret_undecryptable', secretId: id, reason: cause.reason, wantedKeyId: cause.keyId };
      logger.error({ ...record, keyIds: sealer.keyIds, cause: cause.cause }, error.message);
    }
    return error;
  }
}

/** A sealed text that is moved to another row opens nowhere. */
function placeOf(id: string): SealedPlace {
  return { table: 'secrets', row: id, column: 'sealed' };
}
