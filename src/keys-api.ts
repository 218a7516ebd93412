import { checkedValue } from './checked-value.ts';
import { NexusError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import type { KeyChanges, KeyCheck, KeyControl, KeyInfo, KeyPage, MadeKey, NewKey } from './key-control.ts';
import { keyChangesSchema, keyQuerySchema, newKeySchema, overlapSchema } from './key-values.ts';
import type { Permission } from './permissions.ts';

/** How a change of a key is asked for. */
export interface KeyChangeOptions {
  /** Only where the key is at this version still. */
  readonly ifVersion?: number;
}

/** `hub.admin.keys`: personal keys, made and changed while the hub runs. */
export class Keys {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * A part of the keys, in the order they were made.
   * @throws NexusError `request_invalid`, `forbidden`, `keys_unavailable`
   */
  async list(query: { readonly after?: string; readonly limit?: number } = {}): Promise<KeyPage> {
    const control = await this.#control('keys.read');
    return control.list(checkedValue(query, keyQuerySchema));
  }

  /** @throws NexusError `not_found`, `forbidden`, `keys_unavailable` */
  async get(id: string): Promise<KeyInfo> {
    return (await this.#control('keys.read')).get(id);
  }

  /**
   * Makes a key. Its secret is shown this once: `secret.reveal()`.
   * @throws NexusError `request_invalid`, `forbidden`, `keys_unavailable`
   */
  async create(fields: NewKey): Promise<MadeKey> {
    const control = await this.#control('keys.write');
    return control.create(checkedValue(fields, newKeySchema));
  }

  /**
   * Changes what is named of a key, at once in this process and within two seconds in others.
   * @throws NexusError `request_invalid`, `not_found`, `forbidden`, `precondition_failed`, `conflict`, `keys_unavailable`
   */
  async update(id: string, changes: KeyChanges, options: KeyChangeOptions = {}): Promise<KeyInfo> {
    const control = await this.#control('keys.write');
    return control.update(id, checkedValue(changes, keyChangesSchema), checkOf(options));
  }

  /**
   * Gives a key another secret, shown this once. The one before counts for `overlapMs` more, or not at all.
   * @throws NexusError as `update`
   */
  async rotate(id: string, options: KeyChangeOptions & { readonly overlapMs?: number } = {}): Promise<MadeKey> {
    const control = await this.#control('keys.write');
    const overlapMs = options.overlapMs === undefined ? 0 : checkedValue(options.overlapMs, overlapSchema);
    return control.rotate(id, { overlapMs }, checkOf(options));
  }

  /**
   * Removes a key for good; it counts no more.
   * @throws NexusError `not_found`, `forbidden`, `precondition_failed`, `keys_unavailable`
   */
  async delete(id: string, options: KeyChangeOptions = {}): Promise<void> {
    await (await this.#control('keys.write')).remove(id, checkOf(options));
  }

  async #control(permission: Permission): Promise<KeyControl> {
    return this.#gateway.keysFor(await this.#gateway.authorize({ via: 'process' }, permission));
  }
}

function checkOf({ ifVersion }: KeyChangeOptions): KeyCheck | undefined {
  if (ifVersion === undefined) return undefined;
  return (version) => {
    if (version !== ifVersion)
      throw new NexusError('precondition_failed', 'The key was changed since it was read. Read it again.');
  };
}
