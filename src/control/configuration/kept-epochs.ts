import type { Clock, ConfigStore, EpochSummary, Logger, StoredEpoch } from '../../ports/index.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { type Keyed, keyedOf } from '../document/keyed.ts';
import { changeBetween } from '../document/merge.ts';
import { type SecretMark, secretIdsIn } from '../document/secrets.ts';
import { shownOf } from '../document/shown.ts';
import type { Actor } from '../../request-audit.ts';
import type { OpenedSecrets } from './opened-secrets.ts';

/** Who changes something, and what for. */
export interface ChangeNote {
  readonly by: Actor;
  /** What is done, as `providers.update`. */
  readonly action: string;
  readonly target: string;
}

/** An epoch that is to be the next one. */
export interface NextEpoch extends Pick<StoredEpoch, 'number' | 'document' | 'base'> {
  /** What was in force before it. */
  readonly before: Keyed;
  /** Secrets that were stored for it. */
  readonly kept: readonly SecretMark[];
}

interface Needs {
  readonly store: ConfigStore;
  readonly audit: Pick<AuditTrail, 'change'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Stores that come with the package keep so many. */
const KEPT_EPOCHS = 200;

/** Epochs as they are stored: each with its entry in the audit log, and with its secrets no longer than it is there. */
export class KeptEpochs {
  readonly #needs: Needs;
  readonly #secrets: OpenedSecrets;
  #tidying: Promise<void> = Promise.resolve();

  constructor(needs: Needs, secrets: OpenedSecrets) {
    this.#needs = needs;
    this.#secrets = secrets;
  }

  /** The newest epoch, if it is newer than `number`. */
  async after(number: number): Promise<StoredEpoch | undefined> {
    const { store } = this.#needs;
    const newest = await store.newest();
    return newest > number ? store.epoch(newest) : undefined;
  }

  epoch(number: number): Promise<StoredEpoch | undefined> {
    return this.#needs.store.epoch(number);
  }

  history(query: { readonly before?: number | undefined; readonly limit: number }): Promise<readonly EpochSummary[]> {
    return this.#needs.store.history(query);
  }

  /** The epoch as it is stored now. `undefined`: somebody else was first, and nothing of it is stored. */
  async append(next: NextEpoch, { by, action, target }: ChangeNote): Promise<StoredEpoch | undefined> {
    const { store, audit, clock } = this.#needs;
    const { number, document, base, before, kept } = next;
    const note = target === '' ? action : `${action} ${target}`;
    const stored = { number, atMs: clock.now(), by: by.id, note, document, base };
    // A store that does not answer may have kept the epoch all the same, which then needs its secrets.
    let mayBeKept = false;
    const appended = (): Promise<boolean> => {
      mayBeKept = true;
      return store.append(stored);
    };
    try {
      const leaving = number > KEPT_EPOCHS ? await this.epoch(number - KEPT_EPOCHS) : undefined;
      const after = keyedOf(document);
      const details = { before: shownOf(changeBetween(after, before)), after: shownOf(changeBetween(before, after)) };
      mayBeKept = await audit.change({ action, target, by, ...details }, appended);
      if (mayBeKept && leaving) this.#tidying = this.#tidying.then(() => this.#tidy(leaving, number));
      return mayBeKept ? stored : undefined;
    } finally {
      if (!mayBeKept) await this.#secrets.forget(kept);
    }
  }

  /** Closes the store, when nothing is left to be tidied. */
  async close(): Promise<void> {
    await this.#tidying;
    await this.#needs.store.close?.();
  }

  /** Forgets the secrets of an epoch that the store has let go, as far as no other has them. What it misses does no harm. */
  async #tidy(gone: StoredEpoch, newest: number): Promise<void> {
    try {
      if (await this.epoch(gone.number)) return;
      const left = secretIdsOf(gone);
      for (let number = newest; number > gone.number && left.size > 0; number--) {
        const other = await this.epoch(number);
        for (const id of other ? secretIdsOf(other) : []) left.delete(id);
      }
      if (left.size === 0) return;
      await this.#secrets.forget([...left].map((secret) => ({ secret })));
      this.#needs.logger.debug(
        { event: 'secrets_forgotten', secrets: left.size },
        'no epoch has these secrets any more',
      );
    } catch (cause) {
      this.#needs.logger.warn({ cause }, 'secrets of an epoch that is gone could not be looked for');
    }
  }
}

function secretIdsOf({ document, base }: StoredEpoch): Set<string> {
  return secretIdsIn(keyedOf(document), keyedOf(base));
}
