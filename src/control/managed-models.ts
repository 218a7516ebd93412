import type { ChangeOptions, ConfigChange, ConfigControl, ModelView } from '../config-control.ts';
import type { Actor } from '../request-audit.ts';
import { incomingChange } from './document/incoming.ts';
import { type Keyed, keyedOf } from './document/keyed.ts';
import { changeBetween, merged } from './document/merge.ts';
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

type ModelControl = Pick<ConfigControl, 'models' | 'model' | 'createModel' | 'changeModel' | 'removeModel'>;

/** The models of configured providers, one by one. */
export function managedModels(actor: Actor, { configuration }: ManagedHub): ModelControl {
  const keyed = (): Keyed => keyedOf(configuration.current.document);
  const change = async (
    id: string,
    action: string,
    make: EntryChange,
    { check }: ChangeOptions = {},
  ): Promise<void> => {
    const { providerId, name } = placeOf(id);
    const apply = (whole: Keyed): Keyed => {
      const provider = entryIn(providersIn(whole), providerId);
      if (!provider) throw noSuch('provider', providerId);
      const settings = entryIn(modelsIn(provider), name);
      if (settings) check?.(tagOf(settings));
      const next = make(settings, whole);
      const models = { [name]: next === null ? null : changeBetween(settings ?? {}, next) };
      return merged(whole, { providers: { [providerId]: { models } } });
    };
    await configuration.apply(apply, { by: actor, action, target: id });
  };
  const viewed = (id: string): ModelView => {
    const { providerId, name } = placeOf(id);
    const provider = entryIn(providersIn(keyed()), providerId);
    const settings = provider && entryIn(modelsIn(provider), name);
    if (!settings) throw noSuch('model', id);
    return viewOf(providerId, name, settings);
  };
  return {
    async models(providerId) {
      const providers = providersIn(keyed());
      if (providerId !== undefined && !entryIn(providers, providerId)) throw noSuch('provider', providerId);
      return Object.entries(providers)
        .filter(([id]) => providerId === undefined || id === providerId)
        .flatMap(([id, provider]) =>
          Object.entries(modelsIn(provider)).map(([name, settings]) => viewOf(id, name, settings)),
        )
        .sort((one, other) => (one.id < other.id ? -1 : 1));
    },
    model: async (id) => viewed(id),
    async createModel(settings) {
      const { provider_id: providerId, name } = settings;
      if (typeof providerId !== 'string' || providerId === '')
        throw wrongMember('provider_id', 'must be the id of a provider');
      if (typeof name !== 'string' || name === '') throw wrongMember('name', 'must be a text that is not empty');
      const id = `${providerId}/${name}`;
      const create = creating(['model', id], 'name', (whole) => incomingModel(id, settings, whole));
      await change(id, 'models.create', create);
      return viewed(id);
    },
    async changeModel(id, settings, options) {
      const update = updating(['model', id], (known, whole) => merged(known, incomingModel(id, settings, whole)));
      await change(id, 'models.update', update, options);
      return viewed(id);
    },
    async removeModel(id, options) {
      await change(id, 'models.delete', removing(['model', id]), options);
    },
  };
}

function viewOf(providerId: string, name: string, settings: Keyed): ModelView {
  return { id: `${providerId}/${name}`, providerId, name, tag: tagOf(settings), settings };
}

/** No id of a provider has a slash; names of models may have some. */
function placeOf(id: string): { readonly providerId: string; readonly name: string } {
  const slash = id.indexOf('/');
  if (slash <= 0 || slash === id.length - 1) throw noSuch('model', id);
  return { providerId: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** @throws NexusError `request_invalid` */
function incomingModel(id: string, settings: ConfigChange, whole: Keyed): Keyed {
  const { providerId, name } = placeOf(id);
  const { provider_id: own, ...members } = settings;
  if (own !== undefined && own !== providerId)
    throw wrongMember('provider_id', 'cannot be changed; make another model');
  if (members['name'] !== undefined && members['name'] !== name)
    throw wrongMember('name', 'cannot be changed; make another model');
  const incoming = incomingChange({ providers: [{ id: providerId, models: [{ ...members, name }] }] }, whole);
  return entryIn(modelsIn(entryIn(providersIn(incoming), providerId) ?? {}), name) ?? {};
}
