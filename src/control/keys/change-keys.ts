import { timeOrderedId } from '../../defaults/time-ordered-id.ts';
import { NexusError } from '../../errors.ts';
import type { KeyChanges, KeyCheck, KeyControl, KeyInfo, KeyPage, MadeKey, NewKey } from '../../key-control.ts';
import { KEY_PAGE } from '../../key-values.ts';
import type { Clock, KeyStore, StoredKey, StoredSecret } from '../../ports/index.ts';
import type { Secret } from '../../provider-kit/secret.ts';
import type { Actor, AuditAction } from '../../request-audit.ts';
import type { Known } from './key-duties.ts';
import { checkBudget, checkNames, checkReach } from './key-duties.ts';
import { keyInfoOf } from './key-info.ts';
import { hintOf, newKeySecret } from './key-secret.ts';
import type { KnownKeys } from './known-keys.ts';
import { stored } from './known-keys.ts';
import type { LastUses } from './last-uses.ts';
import type { PepperRing } from './pepper-ring.ts';
import type { SigningKeys } from './signing-keys.ts';

/** How often a change is tried again that somebody else was faster with. */
const MOST_TRIES = 5;

/** What keys are changed with. */
export interface KeyParts {
  readonly store: KeyStore;
  readonly peppers: PepperRing;
  readonly signing: SigningKeys;
  readonly known: KnownKeys;
  readonly uses: LastUses;
  readonly hub: Known;
  readonly clock: Clock;
  /** Takes note of what is about to be done, and does it. */
  readonly change: <Result>(action: AuditAction, change: () => Promise<Result>) => Promise<Result>;
}

/** The keys as one caller sees and changes them. Everything here is checked already, as far as a schema can. */
export class ChangeKeys implements KeyControl {
  readonly #by: Actor;
  readonly #parts: KeyParts;

  constructor(by: Actor, parts: KeyParts) {
    this.#by = by;
    this.#parts = parts;
  }

  async list({ after, limit = KEY_PAGE.usual }: Parameters<KeyControl['list']>[0] = {}): Promise<KeyPage> {
    const { store, uses, clock } = this.#parts;
    await uses.write();
    const keys = await stored(() => store.page(limit + 1, after));
    const now = clock.now();
    return { data: keys.slice(0, limit).map((key) => keyInfoOf(key, now)), hasMore: keys.length > limit };
  }

  async get(id: string): Promise<KeyInfo> {
    await this.#parts.uses.write();
    return this.#infoOf(await this.#stored(id));
  }

  async create({ budgetUsd, ...fields }: NewKey): Promise<MadeKey> {
    const now = this.#parts.clock.now();
    const secret = newKeySecret();
    const key: StoredKey = {
      ...UNLIMITED,
      ...named(fields),
      name: fields.name,
      budgetUsd: { ...UNLIMITED.budgetUsd, ...named(budgetUsd ?? {}) },
      ...{ id: `key_${timeOrderedId(now)}`, version: 1, secrets: [], createdAtMs: now, updatedAtMs: now },
    };
    this.#check(key);
    const made = { ...key, secrets: [await this.#secretFor(secret)] };
    return { key: await this.#made('keys.create', undefined, made), secret };
  }

  update(id: string, { budgetUsd, ...changes }: KeyChanges, check?: KeyCheck): Promise<KeyInfo> {
    return this.#change('keys.update', id, check, async (before) => {
      const changed = { ...before, ...named(changes), budgetUsd: budgetAfter(before, budgetUsd) };
      // Of another change one that is wrong from before must not be in the way: a key can be disabled whatever it has.
      if (budgetUsd !== undefined) checkBudget(changed);
      return changed;
    });
  }

  async rotate(
    id: string,
    { overlapMs = 0 }: { overlapMs?: number | undefined } = {},
    check?: KeyCheck,
  ): Promise<MadeKey> {
    const secret = newKeySecret();
    const key = await this.#change('keys.rotate', id, check, async (before, now) => ({
      ...before,
      secrets: [await this.#secretFor(secret), ...before.secrets.flatMap((one) => endingAt(now + overlapMs, one, now))],
    }));
    return { key, secret };
  }

  async remove(id: string, check?: KeyCheck): Promise<void> {
    const { store, hub, change, known } = this.#parts;
    const key = await this.#stored(id);
    check?.(key.version);
    checkReach(this.#by, key, hub);
    await change({ action: 'keys.delete', target: id, by: this.#by, before: this.#infoOf(key) }, () =>
      stored(() => store.remove(id)),
    );
    known.forget();
    await this.#forget(key.secrets);
  }

  async #change(
    action: AuditAction['action'],
    id: string,
    check: KeyCheck | undefined,
    changed: (before: StoredKey, now: number) => Promise<StoredKey>,
  ): Promise<KeyInfo> {
    const { hub, clock } = this.#parts;
    for (let tries = 1; ; tries++) {
      const before = await this.#stored(id);
      check?.(before.version);
      checkReach(this.#by, before, hub);
      const now = clock.now();
      const after = { ...(await changed(before, now)), version: before.version + 1, updatedAtMs: now };
      this.#check(after);
      try {
        return await this.#made(action, before, after);
      } catch (cause) {
        if (!(cause instanceof NexusError && cause.code === 'conflict') || tries >= MOST_TRIES) throw cause;
      }
    }
  }

  async #made(action: AuditAction['action'], before: StoredKey | undefined, after: StoredKey): Promise<KeyInfo> {
    const { store, change, known } = this.#parts;
    const told = { ...(before && { before: this.#infoOf(before) }), after: this.#infoOf(after) };
    const has = (key: StoredKey | undefined, { digest }: StoredSecret): boolean =>
      key?.secrets.some((one) => one.digest === digest) ?? false;
    try {
      await change({ action, target: after.id, by: this.#by, ...told }, async () => {
        if (await stored(() => store.put(after))) return;
        throw new NexusError('conflict', 'Somebody else has changed this key in the same moment. Try again.');
      });
    } catch (cause) {
      await this.#forget(after.secrets.filter((one) => !has(before, one)));
      throw cause;
    }
    known.forget();
    await this.#forget(before?.secrets.filter((one) => !has(after, one)) ?? []);
    return this.#infoOf(after);
  }

  /** What nobody signs with any more. It does no harm where it stays. */
  async #forget(secrets: readonly StoredSecret[]): Promise<void> {
    for (const secret of secrets) await this.#parts.signing.forget(secret).catch(() => undefined);
  }

  /** What no schema knows. */
  #check(key: StoredKey): void {
    checkNames(key, this.#parts.hub);
    checkReach(this.#by, key, this.#parts.hub);
    if (key.signature === 'required' || this.#parts.hub.roles.mustSign(key)) this.#parts.signing.check(key.secrets[0]);
  }

  async #secretFor(secret: Secret): Promise<StoredSecret> {
    const { peppers, signing } = this.#parts;
    const text = secret.reveal();
    const digest = await stored(() => peppers.digestOf(text));
    return { digest, ...hintOf(text), validUntilMs: null, signingKeyId: await stored(() => signing.keep(text)) };
  }

  async #stored(id: string): Promise<StoredKey> {
    const key = await stored(() => this.#parts.store.get(id));
    if (key) return key;
    throw new NexusError('not_found', 'There is no such key. The list of keys names those that there are.');
  }

  #infoOf(key: StoredKey): KeyInfo {
    return keyInfoOf(key, this.#parts.clock.now());
  }
}

const UNLIMITED: Omit<StoredKey, 'id' | 'version' | 'name' | 'secrets' | 'createdAtMs' | 'updatedAtMs'> = {
  owner: null,
  role: 'user',
  models: null,
  providers: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  maxConcurrent: null,
  budgetUsd: { day: null, month: null },
  priority: 0,
  expiresAtMs: null,
  allowedAddresses: null,
  disabled: false,
  signature: 'allowed',
  lastUsedAtMs: null,
};

/** What is said of a budget changes, and nothing else of it. */
function budgetAfter({ budgetUsd: before }: StoredKey, changes: KeyChanges['budgetUsd']): StoredKey['budgetUsd'] {
  return changes === null ? UNLIMITED.budgetUsd : { ...before, ...named(changes ?? {}) };
}

/** Those that are named: `undefined` is as good as not to be there. */
function named<T extends object>(members: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

/** A secret that another one takes the place of; nothing of it where it is over by then. */
function endingAt(untilMs: number, secret: StoredSecret, now: number): StoredSecret[] {
  const validUntilMs = Math.min(untilMs, secret.validUntilMs ?? Infinity);
  return validUntilMs > now ? [{ ...secret, validUntilMs }] : [];
}
