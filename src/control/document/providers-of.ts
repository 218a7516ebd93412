import type { Provider } from '../../ports/index.ts';
import type { ProviderKinds } from '../../provider-kit/provider-kind.ts';
import { severalKeys } from '../../provider-kit/several-keys.ts';
import type { UpstreamRules } from '../../provider-kit/transport-options.ts';
import type { Config, ProviderConfig } from './config-schema.ts';
import { given } from './given.ts';

/**
 * The provider of a configuration.
 * @throws TypeError naming the provider whose settings its adapter does not take.
 */
export function providerOf(
  { models, api_keys: keys, ...settings }: ProviderConfig,
  kinds: ProviderKinds,
  security: UpstreamRules | undefined,
): Provider {
  const kind = kinds[settings.kind];
  if (!kind) throw new TypeError(`the provider "${settings.id}": its kind is not known here`);
  const named = { ...settings, models: models?.map(({ name }) => name) };
  try {
    if (!keys) return kind.make(named, security);
    const byKey = keys.map(({ name, key }) => [name, kind.make({ ...named, api_key: key }, security)] as const);
    return severalKeys(Object.fromEntries(byKey));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new TypeError(`the provider "${settings.id}": ${cause.message}`, { cause });
  }
}

/**
 * Which addresses a provider may have, as adapters take it. Where nothing is said of it, the owner's file may name servers
 * anywhere, and others may name those of the public Internet.
 */
export function upstreamRulesOf({ security }: Pick<Config, 'security'>, isOwners: boolean): UpstreamRules | undefined {
  const { allow_private_upstreams: isAllowed = isOwners, allowed_upstreams: allowedUpstreams } = security ?? {};
  return isAllowed ? undefined : given({ allowPrivateUpstreams: false, allowedUpstreams });
}
