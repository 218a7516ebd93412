import { nextTurn } from '../../defaults/tokens/next-turn.ts';
import type { ProviderKinds } from '../../provider-kit/provider-kind.ts';
import { changingOptionsOf, type ConfiguredOptions } from '../document/changing-options.ts';
import { emptyLists } from '../document/check-config.ts';
import { checkedConfig } from '../document/checked-config.ts';
import { type ConfigDocument, isMembers, type Keyed, listedOf } from '../document/keyed.ts';
import { ownersProviders, privateServers } from '../document/private-servers.ts';
import { configInvalid } from './config-invalid.ts';
import type { OpenedSecrets } from './opened-secrets.ts';
import { type Handover, ProviderPool } from './provider-pool.ts';

/** A hub of a configuration that is put together, and not in use yet. */
export interface BuiltEpoch<Parts> {
  readonly parts: Parts;
  /** From now on requests live in it. */
  activate(handover?: Handover): void;
}

/** What epochs are built with. */
export interface BuilderNeeds<Parts> {
  readonly kinds: ProviderKinds;
  /**
   * Puts a hub together.
   * @throws TypeError naming what does not fit.
   */
  readonly build: (options: ConfiguredOptions) => BuiltEpoch<Parts>;
}

/** Makes of a document what requests go by: it opens its secrets, checks it as a whole, and takes over providers. */
export class EpochBuilder<Parts> {
  readonly #needs: BuilderNeeds<Parts>;
  readonly #secrets: OpenedSecrets;
  readonly #pool: ProviderPool;

  constructor(needs: BuilderNeeds<Parts>, secrets: OpenedSecrets) {
    this.#needs = needs;
    this.#secrets = secrets;
    this.#pool = new ProviderPool(needs.kinds);
  }

  /**
   * @param file what the owner's file says, with the same marks for the same secrets.
   * @throws NexusError `request_invalid` with all that is wrong
   */
  async built(keyed: Keyed, file: Keyed): Promise<BuiltEpoch<Parts>> {
    const { keyed: opened, locked } = await this.#secrets.open(keyed);
    const document = listedOf(withoutLockedKeys(opened, locked));
    const checked = checkedConfig({ providers: [], ...document }, this.#needs.kinds);
    if (!('config' in checked)) throw configInvalid(checked.complaints);
    const owners = ownersProviders(keyed, file);
    const strangers = privateServers(checked.config, owners);
    if (strangers.length > 0) throw configInvalid(strangers);
    // Of a thousand models each step takes a while; requests want their turn in between.
    await nextTurn();
    try {
      const prepared = this.#pool.prepare(checked.config, locked, owners);
      const built = this.#needs.build({ ...changingOptionsOf(checked.config), providers: prepared.providers });
      await nextTurn();
      return {
        parts: built.parts,
        activate: () => {
          built.activate(prepared.commit());
        },
      };
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw configInvalid([{ path: [], message: wordsOf(cause) }]);
    }
  }

  /**
   * Whether an epoch could be built of what a file says, whose secrets are in the open.
   * @throws TypeError
   */
  check(file: ConfigDocument): void {
    const checked = checkedConfig({ providers: [], ...file }, this.#needs.kinds);
    if (!('config' in checked)) throw new TypeError(configInvalid(checked.complaints).message);
    const empty = emptyLists(checked.config);
    if (empty.length > 0) throw new TypeError(configInvalid(empty).message);
    const owners = new Set(checked.config.providers.map(({ id }) => id));
    const prepared = this.#pool.prepare(checked.config, new Set(), owners);
    this.#needs.build({ ...changingOptionsOf(checked.config), providers: prepared.providers });
    // The first epoch takes them over.
    prepared.commit();
  }
}

/** A key of a caller that does not open is nobody's. */
function withoutLockedKeys(keyed: Keyed, locked: ReadonlySet<string>): Keyed {
  const keys = keyed['keys'];
  if (!isMembers(keys)) return keyed;
  const open = Object.entries(keys).filter(([name]) => !locked.has(`keys.${name}`));
  return { ...keyed, keys: Object.fromEntries(open) };
}

/** What options of a hub that do not fit are told as, without the name of the options. */
function wordsOf({ message }: TypeError): string {
  return message.replace(/^NexusHub options: /, '').replace(/\.$/, '');
}
