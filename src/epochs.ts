import { assemble, type Assembled, configuredAuthenticator, type LastingParts, lastingParts } from './assemble.ts';
import { atMost } from './at-most.ts';
import type { AuditViews } from './audit-views.ts';
import { closeParts } from './close-parts.ts';
import { combinedOptions } from './combined-options.ts';
import { ConsoleSessions } from './console-sessions.ts';
import type { BuiltEpoch } from './control/configuration/epoch-builder.ts';
import { auditOf } from './control/audit-of.ts';
import type { AuditTrail } from './control/audit-trail.ts';
import { PersonalKeys } from './control/personal-keys.ts';
import { guardedFromGuessing, WrongKeys } from './control/wrong-keys.ts';
import { Sealer } from './control/vault/sealer.ts';
import { Vault } from './control/vault.ts';
import type { Handover } from './control/configuration/provider-pool.ts';
import type { ConfiguredOptions } from './control/document/changing-options.ts';
import { memorySecretStore } from './defaults/secret-store.ts';
import type { MemoryStats } from './defaults/stats.ts';
import { FlowBounds } from './flow-bounds.ts';
import { ModelDirectory } from './model-directory.ts';
import type { NexusHubOptions } from './options.ts';
import type { Parts } from './parts.ts';
import type { AuditLog, Authenticator, Clock, Provider } from './ports/index.ts';
import { renewCircuits } from './renew-circuits.ts';
import type { Roles } from './roles.ts';
import { signedByRole } from './signed-by-role.ts';
import { type Settings, settingsOf } from './settings.ts';

interface Epoch extends Assembled {
  /** Whom its keys tell, and those that are stored. Who comes is asked for by the newest: a key that is gone counts no more. */
  readonly known: Authenticator;
  readonly directory: ModelDirectory;
}

/** What nobody uses any more is given back, and not waited for any longer. */
const CLOSED_WITHIN_MS = 1_000;

/**
 * What requests go by: one epoch at a time is in force, and a request that has begun in it keeps it. What lasts longer
 * than an epoch is made once.
 */
export class Epochs {
  readonly lasting: LastingParts;
  readonly vault: Vault;
  readonly audit: AuditTrail;
  readonly auditViews: AuditViews;
  readonly auditLog: AuditLog;
  readonly consoleSessions: ConsoleSessions;
  readonly personalKeys: PersonalKeys;
  readonly #options: NexusHubOptions;
  readonly #bounds: FlowBounds;
  #wrongKeys: WrongKeys | undefined;
  #current: Epoch;

  constructor(options: NexusHubOptions, settings: Settings, stats: MemoryStats) {
    this.#options = options;
    this.#bounds = new FlowBounds(settings.flow);
    const known: Authenticator = {
      identify: (...asked) => this.#current.known.identify(...asked),
      signingKey: (...asked) => this.#current.known.signingKey?.(...asked),
    };
    const authenticator = (clock: Clock): Authenticator => {
      const { wrongKeys } = settings.control;
      if (!wrongKeys) return known;
      this.#wrongKeys = new WrongKeys(wrongKeys, clock);
      return guardedFromGuessing(known, this.#wrongKeys);
    };
    const limits = (): Settings['limits'] => this.#current.settings.limits;
    this.lasting = lastingParts(settings, { bounds: this.#bounds, limits, authenticator }, stats);
    this.vault = vaultOf(settings, this.lasting);
    ({ trail: this.audit, views: this.auditViews, log: this.auditLog } = auditOf(settings, this.lasting));
    const { store, clock } = this.lasting;
    this.consoleSessions = new ConsoleSessions(store, () => this.parts.roles, clock);
    this.personalKeys = this.#personalKeys(settings);
    this.#current = this.#epochOf(settings);
  }

  /** What a request that begins now goes by. */
  get parts(): Parts {
    return this.#current.parts;
  }

  /** Who guesses keys, where that is looked at. */
  get wrongKeys(): WrongKeys | undefined {
    return this.#wrongKeys;
  }

  get providers(): Readonly<Record<string, Provider>> {
    return this.#current.settings.providers;
  }

  get directory(): ModelDirectory {
    return this.#current.directory;
  }

  /**
   * The next epoch, put together and not in force.
   * @throws TypeError naming what of the options does not fit.
   */
  build(configured: ConfiguredOptions): BuiltEpoch<Parts> {
    const settings = settingsOf(combinedOptions(this.#options, configured));
    const next = this.#epochOf(settings, this.#current);
    return {
      parts: next.parts,
      activate: (handover = { retired: [], moved: [] }) => {
        this.#activate(next, handover);
      },
    };
  }

  /** Gives back what it holds, when no request is left. */
  async close(withinMs: number): Promise<void> {
    this.directory.close();
    await closeParts(this.providers, this.parts, withinMs);
    await atMost(withinMs, Promise.resolve(this.#current.settings.database?.close?.()), this.lasting.clock);
  }

  #epochOf(settings: Settings, before?: Epoch): Epoch {
    const { lasting, personalKeys } = this;
    const parts = assemble(settings, lasting, before);
    const known = signedByRole(personalKeys.authenticator(configuredAuthenticator(settings)), parts.roles);
    const { providers, modelList } = settings;
    const limits = modelList.ask ? modelList : undefined;
    return { settings, parts, known, directory: new ModelDirectory({ ...parts, providers, limits }) };
  }

  #personalKeys({ control, database }: Settings): PersonalKeys {
    const { stores, peppers } = control;
    const own = peppers?.map(({ id, secret }) => ({ id, bytes: Buffer.from(secret) }));
    const rolesNow = (): Roles => this.parts.roles;
    return new PersonalKeys({
      get roles() {
        return rolesNow();
      },
      providerIds: () => Object.keys(this.providers),
      store: stores.keys ?? database?.keys,
      peppers: own && (() => own),
      vault: this.vault,
      audit: this.audit,
      clock: this.lasting.clock,
      logger: this.lasting.logger,
    });
  }

  #activate(next: Epoch, { retired, moved }: Handover): void {
    const before = this.#current;
    this.#bounds.set(next.settings.flow);
    this.#current = next;
    before.directory.close();
    renewCircuits(moved, next.parts);
    const parts = [before.parts.circuit, before.parts.limiter].filter(
      (part) => part !== next.parts.circuit && part !== next.parts.limiter,
    );
    const left = [...retired, ...parts].filter((part) => part.close !== undefined);
    if (left.length === 0) return;
    const { visits, background, logger, clock } = this.lasting;
    const closing = visits.whenGone().then(async () => {
      const closed = Promise.allSettled(left.map(async (part) => part.close?.()));
      await atMost(CLOSED_WITHIN_MS, closed, clock);
      logger.debug({ event: 'epoch_over', closed: left.length }, 'what an earlier configuration used is closed');
    });
    background.add(closing);
    void closing.finally(() => background.delete(closing));
  }
}

/** It is looked at once whether the secrets that are there can be opened. */
function vaultOf({ control, database }: Settings, { clock, logger, background }: LastingParts): Vault {
  const store = control.stores.secrets ?? database?.secrets ?? memorySecretStore();
  const vault = new Vault({ sealer: new Sealer(control.masterKeys, clock), store, clock, logger });
  const checked = vault.check().finally(() => background.delete(checked));
  background.add(checked);
  return vault;
}
