import { systemClock } from '../../defaults/clock.ts';
import { RecentMap } from '../../defaults/recent-map.ts';
import type { MasterKey, MasterKeySource } from '../../master-key-source.ts';
import type { Clock } from '../../ports/clock.ts';
import { opened, seal, type SealedParts, sealedPartsOf, type SealedPlace } from './envelope.ts';
import { limitedKey } from './limited-key.ts';
import { isMasterKey, masterKeyOf, randomMasterKey } from './master-key.ts';
import { SealError } from './seal-error.ts';

/** Opened keys of secrets that are remembered where each costs a call of the owner's functions. */
const MOST_REMEMBERED = 1_000;

const DATA_KEY_BYTES = 32;

/** Seals with the newest of several master keys, and opens with all of them. */
export class Sealer {
  readonly #newest: MasterKey;
  readonly #keys = new Map<string, MasterKey>();
  /** Of those that are functions of the owner's. */
  readonly #remote = new Set<string>();
  readonly #dataKeys = new RecentMap<string, Uint8Array>(MOST_REMEMBERED);

  /**
   * @param sources the newest first; none: one by chance.
   * @param clock for the time that the owner's functions may take.
   * @throws TypeError naming the one that is wrong by its place.
   */
  constructor(sources: readonly MasterKeySource[] = [], clock: Clock = systemClock) {
    for (const source of sources) {
      const key = masterKeyOf(source);
      if (this.#keys.has(key.id)) throw new TypeError(`two master keys have the id ${key.id}`);
      this.#keys.set(key.id, isMasterKey(source) ? limitedKey(key, clock) : key);
      if (isMasterKey(source)) this.#remote.add(key.id);
    }
    const [newest = randomMasterKey()] = this.#keys.values();
    this.#newest = newest;
    this.#keys.set(newest.id, newest);
  }

  /** The key that seals. */
  get keyId(): string {
    return this.#newest.id;
  }

  /** All that open. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /**
   * What it gives was opened again: what a key seals and does not open would be lost.
   * @throws SealError `key_failed`
   */
  async seal(text: string, place: SealedPlace): Promise<string> {
    const sealed = await seal(text, place, this.#newest).catch((cause: unknown) => {
      throw new SealError('key_failed', this.keyId, cause);
    });
    if ((await this.#openAnew(sealed, place)) !== text) throw new SealError('key_failed', this.keyId);
    return sealed;
  }

  /** @throws SealError */
  async open(sealed: string, place: SealedPlace): Promise<string> {
    const parts = partsOf(sealed);
    const isRemote = this.#remote.has(parts.keyId);
    const known = isRemote ? this.#dataKeys.get(parts.head) : undefined;
    const dataKey = known ?? (await this.#dataKeyOf(parts));
    const text = textOf(parts, place, dataKey);
    if (isRemote) this.#dataKeys.set(parts.head, dataKey);
    else dataKey.fill(0);
    return text;
  }

  async #openAnew(sealed: string, place: SealedPlace): Promise<string> {
    const parts = partsOf(sealed);
    return textOf(parts, place, await this.#dataKeyOf(parts));
  }

  async #dataKeyOf({ keyId, wrapped }: SealedParts): Promise<Uint8Array> {
    const key = this.#keys.get(keyId);
    if (!key) throw new SealError('key_missing', keyId);
    const failed = this.#remote.has(keyId) ? 'key_failed' : 'damaged';
    try {
      const dataKey = await key.unwrap(wrapped);
      if (dataKey instanceof Uint8Array && dataKey.length === DATA_KEY_BYTES) return dataKey;
    } catch (cause) {
      throw new SealError(failed, keyId, cause);
    }
    throw new SealError(failed, keyId);
  }
}

function partsOf(sealed: string): SealedParts {
  const parts = sealedPartsOf(sealed);
  if (!parts) throw new SealError('damaged', undefined);
  return parts;
}

function textOf(parts: SealedParts, place: SealedPlace, dataKey: Uint8Array): string {
  try {
    return opened(parts, place, dataKey);
  } catch (cause) {
    throw new SealError('damaged', parts.keyId, cause);
  }
}
