import { isDeepStrictEqual } from 'node:util';
import { isNexusError, NexusError } from '../errors.ts';
import type { Caller, Clock, ConfigStore, EpochSummary, Logger, StoredEpoch } from '../ports/index.ts';
import type { Actor } from '../request-audit.ts';
import type { AuditTrail } from './audit-trail.ts';
import { type BuilderNeeds, type BuiltEpoch, EpochBuilder } from './configuration/epoch-builder.ts';
import { EpochWatch } from './configuration/epoch-watch.ts';
import { type ChangeNote, KeptEpochs } from './configuration/kept-epochs.ts';
import { OpenedSecrets, type SecretKeeper } from './configuration/opened-secrets.ts';
import { answering } from './configuration/stored.ts';
import { wholeEntries } from './configuration/whole-entries.ts';
import { type ConfigDocument, type Keyed, keyedOf, listedOf } from './document/keyed.ts';
import { changeBetween, merged } from './document/merge.ts';

/** What configurations are made with. */
export interface ConfigurationNeeds<Parts> extends BuilderNeeds<Parts> {
  readonly store: ConfigStore;
  /** Whether other processes may change it, and it is to be looked after. */
  readonly isShared: boolean;
  readonly secrets: SecretKeeper;
  readonly audit: Pick<AuditTrail, 'change'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is in force. */
export interface CurrentConfig extends EpochSummary {
  /** As in a file, with marks in place of secrets. */
  readonly document: ConfigDocument;
}

/** A configuration that was tried, and is not in force. */
export interface Candidate<Parts> {
  readonly before: Keyed;
  readonly after: Keyed;
  readonly built: BuiltEpoch<Parts>;
}

interface Live {
  readonly stored: StoredEpoch;
  readonly keyed: Keyed;
}

const NOTHING: StoredEpoch = { number: 0, atMs: 0, by: '', note: '', document: {}, base: {} };
/** Others may be faster again and again, but not for ever. */
const MOST_TRIES = 20;

/**
 * The configuration in force, and its sequence of epochs: each is validated, put together, stored as the next one, and then
 * taken over at once. Requests under way end in the epoch they began in.
 *
 * Changes of one process are made one after the other. Of several processes that change something at once each one's change
 * is made upon that of the other.
 */
export class Configuration<Parts> {
  readonly #needs: ConfigurationNeeds<Parts>;
  readonly #secrets: OpenedSecrets;
  readonly #builder: EpochBuilder<Parts>;
  readonly #epochs: KeptEpochs;
  readonly #watch: EpochWatch | undefined;
  #live: Live = { stored: NOTHING, keyed: {} };
  /** What the file says, as long as that is not in an epoch. */
  #unapplied: ConfigDocument | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(given: ConfigurationNeeds<Parts>) {
    const needs = { ...given, store: answering(given.store) };
    this.#needs = needs;
    this.#secrets = new OpenedSecrets(needs.secrets);
    this.#builder = new EpochBuilder(needs, this.#secrets);
    this.#epochs = new KeptEpochs(needs, this.#secrets);
    if (needs.isShared)
      this.#watch = new EpochWatch({
        ...needs,
        current: () => this.#live.stored.number,
        refresh: () => this.#inTurn(() => this.#takeOver()),
        isDue: () => this.#unapplied !== undefined,
      });
  }

  /** What is in force now. */
  get current(): CurrentConfig {
    const { base, ...current } = this.#live.stored;
    return current;
  }

  /** Why this process is not at the newest epoch, if it is not. */
  get behind(): string | undefined {
    return this.#watch?.behind;
  }

  /**
   * Whether a hub could be made of what a file says, before anything is asked of a store.
   * @throws TypeError naming what of it is wrong.
   */
  check(file: ConfigDocument): void {
    this.#builder.check(file);
  }

  /**
   * Takes over what is stored, with what the file says now put into it as far as that has changed.
   * Where the store is away that is made up for when it is back; until then what the file says holds.
   * @throws NexusError `request_invalid` where the file is wrong; what a store rejects with that nobody else shares.
   */
  async start(file: ConfigDocument): Promise<void> {
    this.#unapplied = file;
    try {
      await this.#inTurn(() => this.#takeOver());
    } catch (cause) {
      if (!this.#watch || (isNexusError(cause) && cause.code === 'request_invalid')) throw cause;
      this.#watch.fails(cause);
      await this.#standIn(file);
    }
    this.#watch?.start();
  }

  /**
   * What the file says now: what is otherwise in it than when it was last applied is put in force, and nothing else.
   * @throws NexusError `request_invalid`, and nothing is changed.
   */
  applyFile(file: ConfigDocument): Promise<CurrentConfig> {
    return this.#inTurn(async () => {
      this.#unapplied = file;
      await this.#takeOver();
      return this.current;
    });
  }

  /**
   * Puts a change in force. Resolves when it is, in this process; others follow within two seconds.
   * @param change what is otherwise, made of what is in force when its turn has come.
   * @throws NexusError `request_invalid`, `precondition_failed`, `conflict`, and nothing is changed then.
   */
  apply(change: (keyed: Keyed) => Keyed, note: ChangeNote): Promise<CurrentConfig> {
    return this.#inTurn(async () => {
      await this.#takeOver();
      await this.#advance((live) => ({ keyed: change(live.keyed), base: keyedOf(live.stored.base) }), note);
      return this.current;
    });
  }

  /**
   * What a change would make of it. Nothing is stored, and nobody else sees it.
   * @throws NexusError `request_invalid`
   */
  preview(change: (keyed: Keyed) => Keyed): Promise<Candidate<Parts>> {
    return this.#inTurn(async () => {
      await this.#takeOver();
      const before = this.#live.keyed;
      const after = this.#secrets.marked(change(before), [before]);
      const file = keyedOf(this.#live.stored.base);
      return { before, after, built: await this.#builder.built(after, file) };
    });
  }

  /**
   * Puts an earlier epoch in force again, as a new one. Keys of callers stay as they are: one that was taken away would be
   * let in again.
   * @param to the epoch before this one, unless said otherwise.
   * @param check throws where it may not be.
   * @throws NexusError `not_found`
   */
  async rollback(to: number | undefined, by: Actor, check: () => void): Promise<CurrentConfig> {
    const wanted = to ?? this.#live.stored.number - 1;
    const earlier = await this.earlier(wanted);
    const back = (keyed: Keyed): Keyed => {
      check();
      return earlier(keyed);
    };
    return this.apply(back, { by, action: 'config.rollback', target: String(wanted) });
  }

  /**
   * The change that going back to an epoch is.
   * @throws NexusError `not_found`
   */
  async earlier(number: number): Promise<(keyed: Keyed) => Keyed> {
    const epoch = await this.#epochs.epoch(number);
    if (!epoch)
      throw new NexusError('not_found', `There is no epoch ${String(number)}. The history names those that there are.`);
    return ({ keys }) => {
      const { keys: _earlier, ...rest } = keyedOf(epoch.document);
      return keys === undefined ? rest : { ...rest, keys };
    };
  }

  /** Earlier epochs, the newest first. */
  history(query: { readonly before?: number | undefined; readonly limit: number }): Promise<readonly EpochSummary[]> {
    return this.#epochs.history(query);
  }

  /** Ends what is under way, and closes the store. */
  async close(): Promise<void> {
    await this.#watch?.close();
    await this.#turn.catch(() => undefined);
    await this.#epochs.close();
  }

  /** The newest epoch, and then what of the file is not in it yet. */
  async #takeOver(): Promise<void> {
    await this.#refresh();
    const file = this.#unapplied;
    if (!file) return;
    try {
      await this.#applyFile(keyedOf(file));
      this.#unapplied = undefined;
    } catch (cause) {
      // It would be as wrong the next time.
      if (isNexusError(cause) && cause.code === 'request_invalid') this.#unapplied = undefined;
      throw cause;
    }
  }

  /** What the file says alone. No epoch: nobody could be told of one. */
  async #standIn(file: ConfigDocument): Promise<void> {
    const keyed = keyedOf(file);
    const built = await this.#builder.built(keyed, keyed);
    this.#activate({ stored: NOTHING, keyed: {} }, built);
  }

  async #applyFile(file: Keyed): Promise<void> {
    const { stored } = this.#live;
    const base = keyedOf(stored.base);
    // Its secrets are known again by what they are.
    await this.#secrets.open(base);
    const marked = this.#secrets.marked(file, [keyedOf(stored.document), base]);
    const said = this.#secrets.unopenedKept(marked, base);
    const change = changeBetween(base, said);
    if (stored.number > 0 && Object.keys(change).length === 0) return;
    const by: Caller = { id: 'file', role: 'admin' };
    const note = { by, action: 'config.file', target: 'file' };
    await this.#advance(
      (live) => ({ keyed: merged(live.keyed, wholeEntries(change, live.keyed, said)), base: said }),
      note,
    );
  }

  /** Makes the next epoch of what is in force, again where somebody else was first. */
  async #advance(
    next: (live: Live) => { readonly keyed: Keyed; readonly base: Keyed },
    note: ChangeNote,
  ): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const live = this.#live;
      const { keyed, base } = next(live);
      const built = await this.#builder.built(keyed, base);
      const { keyed: sealed, kept } = await this.#secrets.seal(keyed, [live.keyed]);
      // What the file says in the open is said by the same marks, and by those alone.
      const sealedBase = this.#secrets.marked(base, [sealed, live.keyed]);
      const rest = await this.#secrets.seal(sealedBase, [sealed]);
      const document = listedOf(sealed);
      const said = listedOf(rest.keyed);
      const isSame = isDeepStrictEqual(document, live.stored.document) && isDeepStrictEqual(said, live.stored.base);
      if (isSame && live.stored.number > 0) return;
      const secrets = [...kept, ...rest.kept];
      const epoch = { number: live.stored.number + 1, document, base: said, before: live.keyed, kept: secrets };
      const stored = await this.#epochs.append(epoch, note);
      if (stored) {
        this.#activate({ stored, keyed: keyedOf(document) }, built);
        const { action, target, by } = note;
        this.#needs.logger.info(
          { event: 'config_applied', epoch: stored.number, by: by.id, action, target },
          'a configuration is in force',
        );
        return;
      }
      await this.#refresh();
    }
    throw new NexusError('conflict', 'Others change the configuration at the same time. Ask again.');
  }

  /** Takes over the newest epoch, if that is not in force yet. */
  async #refresh(): Promise<void> {
    const stored = await this.#epochs.after(this.#live.stored.number);
    if (!stored) return;
    const keyed = keyedOf(stored.document);
    this.#activate({ stored, keyed }, await this.#builder.built(keyed, keyedOf(stored.base)));
    this.#needs.logger.info(
      { event: 'config_taken_over', epoch: stored.number, by: stored.by },
      'a configuration is in force',
    );
  }

  #activate(live: Live, built: BuiltEpoch<Parts>): void {
    this.#live = live;
    built.activate();
  }

  #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(run, run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
