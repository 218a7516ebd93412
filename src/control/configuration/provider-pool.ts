import { hash, randomBytes } from 'node:crypto';
import { NexusError } from '../../errors.ts';
import type { Provider } from '../../ports/index.ts';
import type { ProviderKinds } from '../../provider-kit/provider-kind.ts';
import type { Config, ProviderConfig } from '../document/config-schema.ts';
import { providerOf, upstreamRulesOf } from '../document/providers-of.ts';

interface Pooled {
  readonly provider: Provider;
  /** Of its settings; a digest, because keys are among them. */
  readonly digest: string;
  /** Of what leads to its server: where that is, and what opens it. */
  readonly wayDigest: string;
}

/** What says where a provider's server is, and what opens it: all but its pace and its models. */
const WAY = [
  'kind',
  'preset',
  'server_url',
  'api_key',
  'api_keys',
  'secret_key',
  'app_id',
  'api_version',
  'headers',
  'options',
] as const;

/** What becomes of the providers before, when others take over. */
export interface Handover {
  /** Those that are in no use any more, once the requests are over that they answer. */
  readonly retired: readonly Provider[];
  /** Ids of those that are reached another way, by another key or at another server. */
  readonly moved: readonly string[];
}

/** Providers of an epoch, those that are as they were taken over from the one before: with their connections and tokens. */
export class ProviderPool {
  readonly #kinds: ProviderKinds;
  readonly #pepper = randomBytes(16).toString('base64');
  #current: ReadonlyMap<string, Pooled> = new Map();

  constructor(kinds: ProviderKinds) {
    this.#kinds = kinds;
  }

  /**
   * The providers of a configuration. They are in use once it is committed.
   * @param locked those of which a secret does not open: whoever asks them is told so.
   * @param owners those whose servers the owner's file has named.
   * @throws TypeError naming the provider whose settings its adapter does not take.
   */
  prepare(config: Config, locked: ReadonlySet<string>, owners: ReadonlySet<string>): PreparedProviders {
    const next = new Map<string, Pooled>();
    for (const settings of config.providers) {
      const rules = upstreamRulesOf(config, owners.has(settings.id));
      const isLocked = locked.has(`providers.${settings.id}`);
      const digest = this.#digestOf(settings, rules, isLocked);
      const known = this.#current.get(settings.id);
      if (known?.digest === digest) next.set(settings.id, known);
      else
        next.set(settings.id, {
          provider: isLocked ? lockedProvider(settings) : providerOf(settings, this.#kinds, rules),
          digest,
          wayDigest: this.#digestOf(...WAY.map((member) => settings[member]), rules, isLocked),
        });
    }
    return {
      providers: Object.fromEntries([...next].map(([id, { provider }]) => [id, provider])),
      commit: () => {
        const before = this.#current;
        this.#current = next;
        const gone = [...before].filter(([id, { provider }]) => next.get(id)?.provider !== provider);
        return {
          retired: gone.map(([, { provider }]) => provider),
          moved: gone.filter(([id, { wayDigest }]) => next.get(id)?.wayDigest !== wayDigest).map(([id]) => id),
        };
      },
    };
  }

  #digestOf(...what: readonly unknown[]): string {
    return hash('sha256', this.#pepper + JSON.stringify(what), 'base64');
  }
}

/** Providers that were made, and are not in use yet. */
export interface PreparedProviders {
  readonly providers: Readonly<Record<string, Provider>>;
  /** From now on they are. */
  commit(): Handover;
}

/** Stands where a provider is whose secret does not open, so that its models are known and others can take over. */
function lockedProvider({ id, kind, models }: ProviderConfig): Provider {
  const refuse = (): never => {
    throw new NexusError(
      'secret_undecryptable',
      `A secret of the provider "${id}" does not open. Start the hub with the master key it was sealed with, or set it anew.`,
      { provider: id },
    );
  };
  return {
    kind,
    ...(models ? { models: models.map(({ name }) => name) } : {}),
    open: () => Promise.resolve().then(refuse),
  };
}
