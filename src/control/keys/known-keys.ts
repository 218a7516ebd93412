import { hash, randomBytes } from 'node:crypto';
import { atMost } from '../../at-most.ts';
import { RecentMap } from '../../defaults/recent-map.ts';
import { NexusError } from '../../errors.ts';
import type { Clock, KeyStore, Logger, StoredKey } from '../../ports/index.ts';
import { KnownKey } from './known-key.ts';
import { answerOf } from '../store-answer.ts';
import type { PepperRing } from './pepper-ring.ts';

/** Secrets that are remembered, right ones and wrong ones apart. */
const MOST_KNOWN = 20_000;
const MOST_UNKNOWN = 20_000;

/** What was found is used for so long without a look whether anything has changed. */
const FRESH_MS = 500;
/** From then on a request waits for that look: no process goes on with what changed two seconds ago. */
const STALE_MS = 1_500;
/** A store that takes longer is away. */
const STORE_WITHIN_MS = 1_000;
/** While the store is away those who are known are let in for so long. */
const GRACE_MS = 300_000;

interface Needs {
  readonly store: KeyStore;
  readonly peppers: PepperRing;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Finds keys by their secrets. What was found is remembered, under a digest with a pepper of this process, until the
 * store says that something has changed.
 */
export class KnownKeys {
  readonly #needs: Needs;
  readonly #pepper = randomBytes(32).toString('base64');
  #known = new RecentMap<string, KnownKey>(MOST_KNOWN);
  #unknown = new RecentMap<string, true>(MOST_UNKNOWN);
  #byId = new RecentMap<string, KnownKey>(MOST_KNOWN);
  /** Questions under way, by what is asked. */
  readonly #asked = new Map<string, Promise<KnownKey | undefined>>();
  /** One more each time that all is forgotten: what was asked for before counts no more. */
  #era = 0;
  #version: number | undefined;
  /** When that was asked for, by the clock that never jumps. */
  #askedAtMs = -Infinity;
  #checking: Promise<void> | undefined;
  #isAway = false;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /**
   * The key of a secret, or `undefined`.
   * @throws NexusError `keys_unavailable`
   */
  bySecret(secret: string): KnownKey | undefined | Promise<KnownKey | undefined> {
    const place = hash('sha256', this.#pepper + secret, 'base64');
    if (this.#mayUse()) {
      const known = this.#known.get(place);
      if (known || this.#unknown.get(place)) return known;
    }
    return this.#once(place, async () => {
      const found = await this.#find(secret);
      return { found, keep: () => (found ? this.#known.set(place, found) : this.#unknown.set(place, true)) };
    });
  }

  /**
   * The key of an id, however it was shown.
   * @throws NexusError `keys_unavailable`
   */
  byId(id: string): KnownKey | undefined | Promise<KnownKey | undefined> {
    const known = this.#mayUse() ? this.#byId.get(id) : undefined;
    if (known) return known;
    return this.#once(`id ${id}`, async () => {
      const key = await this.#inTime(() => this.#needs.store.get(id));
      const found = key && new KnownKey(key);
      return { found, keep: () => found && this.#byId.set(id, found) };
    });
  }

  /** Something has changed: nothing that was found before counts any more. */
  forget(): void {
    this.#era += 1;
    this.#known = new RecentMap(MOST_KNOWN);
    this.#unknown = new RecentMap(MOST_UNKNOWN);
    this.#byId = new RecentMap(MOST_KNOWN);
    this.#asked.clear();
  }

  /** Whether what is remembered may be used now, without waiting; has it looked after beside that. */
  #mayUse(): boolean {
    const ageMs = this.#needs.clock.elapsed() - this.#askedAtMs;
    if (ageMs <= FRESH_MS) return true;
    void this.#check();
    return this.#isAway ? ageMs <= GRACE_MS : ageMs <= STALE_MS;
  }

  async #once(
    place: string,
    look: () => Promise<{ readonly found: KnownKey | undefined; readonly keep: () => void }>,
  ): Promise<KnownKey | undefined> {
    const asked = this.#asked.get(place);
    if (asked) return asked;
    const answer = this.#look(place, look).finally(() => {
      if (this.#asked.get(place) === answer) this.#asked.delete(place);
    });
    this.#asked.set(place, answer);
    return answer;
  }

  async #look(
    place: string,
    look: () => Promise<{ readonly found: KnownKey | undefined; readonly keep: () => void }>,
  ): Promise<KnownKey | undefined> {
    const ageMs = this.#needs.clock.elapsed() - this.#askedAtMs;
    if (ageMs > FRESH_MS) {
      await this.#check();
      const known = place.startsWith('id ') ? this.#byId.get(place.slice(3)) : this.#known.get(place);
      if (known && this.#mayUse()) return known;
    }
    const era = this.#era;
    const { found, keep } = await look();
    if (era === this.#era) keep();
    return found;
  }

  async #find(secret: string): Promise<KnownKey | undefined> {
    // Anybody can have this asked: the vault says in the log, and to who runs it, which master key is missing.
    const digests = await this.#needs.peppers.digestsOf(secret).catch((cause: unknown) => {
      throw unavailable(cause);
    });
    const key = await this.#inTime(() => this.#needs.store.find(digests));
    const found = key?.secrets.find(({ digest }) => digests.includes(digest));
    return key && found && new KnownKey(key, found);
  }

  /** Asks whether anything has changed, once for all who wait. Never rejects. */
  #check(): Promise<void> {
    this.#checking ??= this.#ask().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #ask(): Promise<void> {
    const { clock, store, logger } = this.#needs;
    const askedAtMs = clock.elapsed();
    try {
      const version = await this.#inTime(() => store.version());
      if (version !== this.#version) this.forget();
      this.#version = version;
      this.#askedAtMs = askedAtMs;
      if (this.#isAway) logger.warn({}, 'The store of personal keys is back.');
      this.#isAway = false;
    } catch (cause) {
      if (!this.#isAway)
        logger.error({ cause }, 'The store of personal keys is away: only keys that are known are let in.');
      this.#isAway = true;
    }
  }

  async #inTime<T extends StoredKey | number | undefined>(question: () => T | Promise<T>): Promise<T> {
    const came: { answer?: { readonly value: T }; cause: unknown } = { cause: 'no answer in time' };
    const answer = Promise.resolve()
      .then(question)
      .then(
        (value) => {
          came.answer = { value };
        },
        (cause: unknown) => {
          came.cause = cause;
        },
      );
    await atMost(STORE_WITHIN_MS, answer, this.#needs.clock);
    if (came.answer) return came.answer.value;
    throw unavailable(came.cause);
  }
}

/** The store does not answer, or what keys are known by cannot be read. Strangers hear this, too: it tells nothing else. */
export function unavailable(cause: unknown): NexusError {
  return new NexusError(
    'keys_unavailable',
    'It cannot be told whether this API key counts. Ask again later.',
    {},
    cause,
  );
}

/**
 * What the store of keys, or what they are known by, answers.
 * @throws NexusError `keys_unavailable`
 */
export function stored<Answer>(verb: () => Answer | Promise<Answer>): Promise<Answer> {
  return answerOf(verb, unavailable);
}
