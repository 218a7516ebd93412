import type { StoredJson } from '../../ports/config-store.ts';

/** A configuration as it is written: sections with their members. */
export type ConfigDocument = Readonly<Record<string, StoredJson>>;

/** Members by name, of which some may be lists by name themselves. */
export type Keyed = Readonly<Record<string, StoredJson>>;

/** Lists whose items have names: by them a change says which one it means. */
const NAMED_LISTS: Readonly<Record<string, string>> = { providers: 'id', keys: 'name' };
const MODELS = 'models';

/**
 * The same configuration with members in place of its named lists, `providers.main.models.fast`: so two can be held
 * against each other, and one be changed by naming what changes. Their order stays.
 */
export function keyedOf(document: ConfigDocument): Keyed {
  return mapped(document, (section, value) => {
    const name = NAMED_LISTS[section];
    if (name === undefined || !isList(value)) return value;
    return byName(value, name, (item) => (section === 'providers' ? modelsOf(item, keyedModels) : item));
  });
}

/** Back again. */
export function listedOf(keyed: Keyed): ConfigDocument {
  return mapped(keyed, (section, value) => {
    const name = NAMED_LISTS[section];
    if (name === undefined || !isMembers(value)) return value;
    return Object.entries(value).map(([own, item]) => {
      const members = section === 'providers' ? modelsOf(item, listedModels) : item;
      return isMembers(members) ? { [name]: own, ...members } : members;
    });
  });
}

function keyedModels(models: StoredJson): StoredJson {
  return isList(models) ? byName(models, 'name') : models;
}

/** A model that is nothing but a name is written as one. */
function listedModels(models: StoredJson): StoredJson {
  if (!isMembers(models)) return models;
  return Object.entries(models).map(([name, model]) =>
    isMembers(model) && Object.keys(model).length > 0 ? { name, ...model } : name,
  );
}

function modelsOf(provider: StoredJson, change: (models: StoredJson) => StoredJson): StoredJson {
  if (!isMembers(provider) || provider[MODELS] === undefined) return provider;
  return { ...provider, [MODELS]: change(provider[MODELS]) };
}

function byName(
  list: readonly StoredJson[],
  name: string,
  change: (item: StoredJson) => StoredJson = (item) => item,
): Keyed {
  return Object.fromEntries(
    list.map((item, place) => {
      if (typeof item === 'string') return [item, {}];
      if (!isMembers(item)) return [`#${String(place)}`, item];
      const { [name]: own, ...rest } = item;
      return [typeof own === 'string' ? own : `#${String(place)}`, change(rest)];
    }),
  );
}

function mapped(members: Keyed, change: (name: string, value: StoredJson) => StoredJson): Keyed {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, change(name, value)]));
}

/** True for an object with members of its own. */
export function isMembers(value: StoredJson | undefined): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: StoredJson): value is readonly StoredJson[] {
  return Array.isArray(value);
}
