import type { ProviderKinds } from '../../provider-kit/provider-kind.ts';
import { strayModels, strayNames } from './config-references.ts';
import type { Config, ProviderConfig } from './config-schema.ts';
import { routeComplaints } from './route-complaints.ts';
import { weaknessOf } from './strong-key.ts';

/** A rule over several members that a configuration breaks. */
export interface ConfigComplaint {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Members a kind may not do without, as people call them. */
const NAMES_OF_NEEDED = { server_url: 'the URL of its server', api_key: 'a key (or several: api_keys)' } as const;

/** What of a configuration whose members are right by themselves does not fit together. */
export function complaintsAbout(config: Config, kinds: ProviderKinds): readonly ConfigComplaint[] {
  return [...aboutProviders(config, kinds), ...strayNames(config), ...aboutKeys(config)];
}

/** What is wrong with a configuration as the whole of a file, which says what there is at first. */
export function complaintsAboutFile(config: Config): readonly ConfigComplaint[] {
  if (config.providers.length === 0) return [{ path: ['providers'], message: 'expected at least one provider' }];
  return [...emptyLists(config), ...strayModels(config), ...routeComplaints(config)];
}

/** Lists of models that let nothing through. Who writes one has forgotten something; while a hub runs, models come and go. */
export function emptyLists({ providers }: Config): readonly ConfigComplaint[] {
  const message = 'expected at least one; leave it out to let any name through';
  return providers.flatMap(({ models }, place) =>
    models?.length === 0 ? [{ path: ['providers', place, 'models'], message }] : [],
  );
}

function* aboutProviders({ providers }: Config, kinds: ProviderKinds): Generator<ConfigComplaint> {
  const ids = new Set<string>();
  for (const [place, provider] of providers.entries()) {
    const at = (member: string, message: string): ConfigComplaint => ({
      path: ['providers', place, member],
      message,
    });
    if (ids.has(provider.id)) yield at('id', 'another provider has this id');
    ids.add(provider.id);
    for (const [member, message] of aboutProvider(provider, kinds)) yield at(member, message);
  }
}

/** What is wrong with one provider: the member and the rule. */
function* aboutProvider(provider: ProviderConfig, kinds: ProviderKinds): Generator<readonly [string, string]> {
  const { kind, api_key: apiKey, api_keys: apiKeys } = provider;
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!known) {
    yield ['kind', `expected one of ${Object.keys(kinds).join(', ')}`];
    return;
  }
  const { needs = [], members = ['options'] } = known;
  for (const member of needs)
    if ((member === 'api_key' ? (apiKey ?? apiKeys) : provider[member]) === undefined)
      yield [member, `is missing; ${kind} needs ${NAMES_OF_NEEDED[member]}`];
  for (const [other, { members: theirs = [] }] of Object.entries(kinds))
    for (const member of theirs)
      if (!members.includes(member) && provider[member] !== undefined)
        yield [member, `is for kind: ${other}; ${kind} has none`];
  if (provider.options && !members.includes('options'))
    yield ['options', `is for kinds of one's own; ${kind} has none`];
  if (apiKeys && apiKey !== undefined) yield ['api_keys', 'give api_key or api_keys, not both'];
  if (apiKeys && provider.secret_key !== undefined)
    yield ['api_keys', 'a secret_key belongs to one api_key; make a provider of each pair'];
  const { models, ...settings } = provider;
  yield* known.check?.({ ...settings, models: models?.map(({ name }) => name) }) ?? [];
}

function* aboutKeys({ keys = [] }: Config): Generator<ConfigComplaint> {
  const names = new Set<string>();
  const secrets = new Set<string>();
  for (const [place, { name, key, role }] of keys.entries()) {
    const weakness = role === 'admin' ? weaknessOf(key) : undefined;
    if (weakness !== undefined) yield { path: ['keys', place, 'key'], message: `opens everything: ${weakness}` };
    if (names.has(name)) yield { path: ['keys', place, 'name'], message: 'another key has this name' };
    if (secrets.has(key)) yield { path: ['keys', place, 'key'], message: 'another key has this key' };
    names.add(name);
    secrets.add(key);
  }
}
