import type { ChangeOptions, ConfigChange, ConfigControl, ProviderView } from '../config-control.ts';
import { NexusError } from '../errors.ts';
import type { Actor } from '../request-audit.ts';
import { incomingChange } from './document/incoming.ts';
import { type Keyed, keyedOf, listedOf } from './document/keyed.ts';
import { changeBetween, merged } from './document/merge.ts';
import { PLACES } from './document/private-servers.ts';
import { shownOf } from './document/shown.ts';
import { wrongMember } from './document/wrong-member.ts';
import type { ManagedHub } from './managed-hub.ts';
import {
  creating,
  type EntryChange,
  entryIn,
  modelsIn,
  noSuch,
  providersIn,
  removing,
  tagOf,
  updating,
} from './managed-entries.ts';
import { testProvider } from './test-provider.ts';

type ProviderControl = Pick<
  ConfigControl,
  'providers' | 'provider' | 'createProvider' | 'changeProvider' | 'removeProvider' | 'testProvider'
>;

const SECRETS = ['api_key', 'api_keys', 'secret_key', 'headers'] as const;

/** The providers of a configuration, one by one. */
export function managedProviders(actor: Actor, hub: ManagedHub): ProviderControl {
  const { configuration } = hub;
  const keyed = (): Keyed => keyedOf(configuration.current.document);
  const ofProgram = (id: string): boolean =>
    Object.hasOwn(hub.providers(), id) && entryIn(providersIn(keyed()), id) === undefined;
  const viewed = (id: string): ProviderView => {
    const settings = entryIn(providersIn(keyed()), id);
    if (settings) return viewOf(id, settings);
    const made = Object.hasOwn(hub.providers(), id) ? hub.providers()[id] : undefined;
    if (!made) throw noSuch('provider', id);
    const { kind, models } = made;
    return { id, kind, tag: '', isConfigured: false, settings: { kind, ...(models ? { models: [...models] } : {}) } };
  };
  const change = async (
    id: string,
    action: string,
    make: EntryChange,
    { check }: ChangeOptions = {},
  ): Promise<void> => {
    if (ofProgram(id)) throw madeByProgram(id);
    const apply = (whole: Keyed): Keyed => {
      const settings = entryIn(providersIn(whole), id);
      if (settings) check?.(tagOf(settings));
      const next = make(settings, whole);
      return merged(whole, { providers: { [id]: next === null ? null : changeBetween(settings ?? {}, next) } });
    };
    await configuration.apply(apply, { by: actor, action, target: id });
  };
  return {
    async providers() {
      const ids = new Set([...Object.keys(providersIn(keyed())), ...Object.keys(hub.providers())]);
      return [...ids].sort().map(viewed);
    },
    provider: async (id) => viewed(id),
    async createProvider(settings) {
      const { id } = settings;
      if (typeof id !== 'string' || id === '') throw wrongMember('id', 'must be a text that is not empty');
      if (ofProgram(id)) throw madeByProgram(id);
      const create = creating(['provider', id], 'id', (whole) => incomingProvider(id, settings, whole));
      await change(id, 'providers.create', create);
      return viewed(id);
    },
    async changeProvider(id, settings, options) {
      const update = updating(['provider', id], (known, whole) => {
        const incoming = incomingProvider(id, settings, whole);
        checkPlace(id, known, incoming);
        // Its list of models is what it says now; single ones have paths of their own.
        return merged(Object.hasOwn(incoming, 'models') ? { ...known, models: {} } : known, incoming);
      });
      await change(id, 'providers.update', update, options);
      return viewed(id);
    },
    async removeProvider(id, options) {
      await change(id, 'providers.delete', removing(['provider', id]), options);
    },
    async testProvider(id, { model, signal }) {
      const provider = Object.hasOwn(hub.providers(), id) ? hub.providers()[id] : undefined;
      if (!provider) throw noSuch('provider', id);
      const [first] = Object.entries(modelsIn(entryIn(providersIn(keyed()), id) ?? {}));
      const known = first && (typeof first[1]['upstream_model'] === 'string' ? first[1]['upstream_model'] : first[0]);
      return testProvider(provider, model ?? known, signal, hub);
    },
  };
}

function viewOf(id: string, settings: Keyed): ProviderView {
  const [shown] = listedOf(shownOf({ providers: { [id]: settings } }))['providers'] as readonly Keyed[];
  const { id: own, ...rest } = shown ?? {};
  const kind = typeof rest['kind'] === 'string' ? rest['kind'] : '';
  return { id: typeof own === 'string' ? own : id, kind, tag: tagOf(settings), isConfigured: true, settings: rest };
}

/** @throws NexusError `request_invalid` */
function incomingProvider(id: string, settings: ConfigChange, whole: Keyed): Keyed {
  if (settings['id'] !== undefined && settings['id'] !== id)
    throw wrongMember('id', 'cannot be changed; make another provider');
  const incoming = incomingChange({ providers: [{ ...settings, id }] }, whole);
  return entryIn(providersIn(incoming), id) ?? {};
}

/** A key goes where it was given for: to another server it does not follow by itself. */
function checkPlace(id: string, known: Keyed, incoming: Keyed): void {
  const moved = PLACES.find((member) => Object.hasOwn(incoming, member) && incoming[member] !== known[member]);
  if (moved === undefined) return;
  const left = SECRETS.find((member) => known[member] !== undefined && incoming[member] === undefined);
  if (left === undefined) return;
  const rule = `of "${id}" cannot be changed alone: give ${left} with it (or null), for it would be sent to another server`;
  throw wrongMember(moved, rule);
}

function madeByProgram(id: string): NexusError {
  return new NexusError(
    'conflict',
    `The provider ${JSON.stringify(id)} was made by the program that runs this hub. Change it there.`,
  );
}
