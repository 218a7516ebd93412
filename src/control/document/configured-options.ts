import type { NexusHubOptions } from '../../options.ts';
import type { ProviderKinds } from '../../provider-kit/provider-kind.ts';
import { type ChangingOptions, changingOptionsOf } from './changing-options.ts';
import type { Config } from './config-schema.ts';
import { providerOf, upstreamRulesOf } from './providers-of.ts';

/** Options of a hub that a configuration may change, its providers among them. */
export type ConfiguredOptions = ChangingOptions & Pick<NexusHubOptions, 'providers'>;

/**
 * What a file says that may change while a hub runs, as its options, with its providers made.
 * @throws TypeError naming the provider whose settings its adapter does not take.
 */
export function configuredOptions(config: Config, kinds: ProviderKinds): ConfiguredOptions {
  const rules = upstreamRulesOf(config, true);
  const providers = config.providers.map((provider) => [provider.id, providerOf(provider, kinds, rules)] as const);
  return { ...changingOptionsOf(config), providers: Object.fromEntries(providers) };
}
