import type { Config } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';

import { changingOptionsOf, type ConfiguredOptions } from '../../src/control/document/changing-options.ts';
import { providerOf, upstreamRulesOf } from '../../src/control/document/providers-of.ts';

/** What a file says that may change while a hub runs, as its options, with its providers made. */
export function configuredOptions(config: Config): ConfiguredOptions {
  const rules = upstreamRulesOf(config, true);
  const providers = config.providers.map((one) => [one.id, providerOf(one, providerKinds, rules)] as const);
  return { ...changingOptionsOf(config), providers: Object.fromEntries(providers) };
}
