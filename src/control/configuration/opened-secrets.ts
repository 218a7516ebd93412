import { isNexusError } from '../../errors.ts';
import type { StoredJson } from '../../ports/config-store.ts';
import { Secret } from '../../provider-kit/secret.ts';
import type { Keyed } from '../document/keyed.ts';
import { isMark, mapSecrets, secretIdsIn, type SecretMark, type SecretValue } from '../document/secrets.ts';
import type { SecretReference } from '../vault.ts';
import { stored } from './stored.ts';

/** What keeps secrets and gives them back. */
export interface SecretKeeper {
  keep(secret: Secret): Promise<SecretReference>;
  reveal(reference: Pick<SecretReference, 'id'>): Promise<Secret>;
  forget(reference: Pick<SecretReference, 'id'>): Promise<unknown>;
}

/** A document with its secrets in the open. It lives as long as something is made of it. */
export interface OpenedDocument {
  readonly keyed: Keyed;
  /** Providers and keys, as `providers.main`, of which a secret does not open. */
  readonly locked: ReadonlySet<string>;
}

/** Stands where a secret does not open: nothing is asked with it. */
const LOCKED = 'this-secret-does-not-open';

/** The secrets of a configuration, as far as they are known: by what stands for them, and the other way round. */
export class OpenedSecrets {
  readonly #keeper: SecretKeeper;
  readonly #known = new Map<string, Secret>();

  constructor(keeper: SecretKeeper) {
    this.#keeper = keeper;
  }

  /**
   * The document with its secrets in the open, whatever of them was plain before.
   * @throws NexusError `config_unavailable` while their store is away: nothing is made of half of them.
   */
  async open(keyed: Keyed): Promise<OpenedDocument> {
    const broken = new Set<string>();
    await Promise.all(
      [...secretIdsIn(keyed)].map(async (id) => {
        if (this.#known.has(id)) return;
        const secret = await this.#reveal(id);
        if (secret) this.#known.set(id, secret);
        else broken.add(id);
      }),
    );
    const locked = new Set<string>();
    const opened = mapSecrets(keyed, (value, path) => {
      if (!isMark(value)) return value;
      if (broken.has(value.secret)) locked.add(path.split('.', 2).join('.'));
      return this.#known.get(value.secret)?.reveal() ?? LOCKED;
    });
    return { keyed: opened, locked };
  }

  /**
   * The document as it is stored: each secret that is plain is kept, and a mark stands in its place. One that stands for
   * the same already does so again.
   */
  async seal(keyed: Keyed, like: readonly Keyed[]): Promise<{ readonly keyed: Keyed; readonly kept: SecretMark[] }> {
    const marks = this.#marksIn(like);
    const plain = new Set<string>();
    mapSecrets(keyed, (value) => {
      if (typeof value === 'string' && !marks.has(value)) plain.add(value);
      return undefined;
    });
    const kept: SecretMark[] = [];
    for (const text of plain) {
      const secret = new Secret(text);
      const { id, last4 } = await stored(() => this.#keeper.keep(secret));
      const mark = { secret: id, last4 };
      this.#known.set(id, secret);
      marks.set(text, mark);
      kept.push(mark);
    }
    return { keyed: mapSecrets(keyed, (value) => markOf(value, marks)), kept };
  }

  /** The document with marks in place of those of its secrets that have one in the others; nothing new is kept. */
  marked(keyed: Keyed, like: readonly Keyed[]): Keyed {
    const marks = this.#marksIn(like);
    return mapSecrets(keyed, (value) => markOf(value, marks));
  }

  /** The document with the marks of another in the places where those do not open: nobody can tell whether they are the same. */
  unopenedKept(keyed: Keyed, before: Keyed): Keyed {
    const unopened = new Map<string, SecretMark>();
    mapSecrets(before, (value, path) => {
      if (isMark(value) && !this.#known.has(value.secret)) unopened.set(path, value);
      return undefined;
    });
    if (unopened.size === 0) return keyed;
    return mapSecrets(keyed, (value, path) => {
      const mark = typeof value === 'string' ? unopened.get(path) : undefined;
      return mark ? { ...mark } : value;
    });
  }

  /** Nothing refers to these any more. */
  async forget(marks: readonly Pick<SecretMark, 'secret'>[]): Promise<void> {
    await Promise.allSettled(
      marks.map(async ({ secret: id }) => {
        this.#known.delete(id);
        await this.#keeper.forget({ id });
      }),
    );
  }

  /** `undefined` where it does not open: the keeper has told the log which one it is, and why. */
  async #reveal(id: string): Promise<Secret | undefined> {
    try {
      return await stored(() => this.#keeper.reveal({ id }));
    } catch (cause) {
      if (isNexusError(cause) && cause.code === 'secret_undecryptable') return undefined;
      throw cause;
    }
  }

  #marksIn(documents: readonly Keyed[]): Map<string, SecretMark> {
    const marks = new Map<string, SecretMark>();
    for (const document of documents)
      mapSecrets(document, (value) => {
        const text = isMark(value) ? this.#known.get(value.secret)?.reveal() : undefined;
        if (text !== undefined && isMark(value)) marks.set(text, { secret: value.secret, last4: value.last4 });
        return undefined;
      });
    return marks;
  }
}

function markOf(value: SecretValue, marks: ReadonlyMap<string, SecretMark>): StoredJson {
  const mark = typeof value === 'string' ? marks.get(value) : undefined;
  return mark ? { ...mark } : value;
}
