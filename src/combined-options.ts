import type { ConfiguredOptions } from './control/document/changing-options.ts';
import type { NexusHubOptions } from './options.ts';

type Groups = Pick<NexusHubOptions, 'limits' | 'routing' | 'timeouts' | 'circuit' | 'modelList'>;

/**
 * The options of a program with what is configured at run time put into them. Of single values the configured one holds;
 * providers, models, keys and roles come to those of the program.
 * @throws TypeError where both have a provider of one id.
 */
export function combinedOptions(program: NexusHubOptions, configured: ConfiguredOptions): NexusHubOptions {
  for (const id of Object.keys(configured.providers))
    if (Object.hasOwn(program.providers, id))
      throw new TypeError(`the provider "${id}" is one of the program's own; choose another id`);
  return {
    ...program,
    ...groupsOf(program, configured),
    providers: { ...program.providers, ...configured.providers },
    models: { ...program.models, ...modelsOf(program, configured) },
    ...given('fallbacks', merge(program.fallbacks, configured.fallbacks)),
    keys: [...(program.keys ?? []), ...(configured.keys ?? [])],
    ...given('roles', merge(program.roles, configured.roles)),
    flow: {
      ...program.flow,
      byProvider: { ...program.flow?.byProvider, ...configured.flow?.byProvider },
    },
    ...given('prices', pricesOf(program.prices, configured.prices)),
  };
}

function groupsOf(program: NexusHubOptions, configured: ConfiguredOptions): Partial<Groups> {
  return {
    ...given('limits', merge(program.limits, configured.limits)),
    ...given('routing', merge(program.routing, configured.routing)),
    ...given('timeouts', merge(program.timeouts, configured.timeouts)),
    ...given('circuit', merge(program.circuit, configured.circuit)),
    ...given('modelList', merge(program.modelList, configured.modelList)),
  };
}

/** A name that both have leads to the targets of both. */
function modelsOf(
  { models: own = {} }: NexusHubOptions,
  { models = {} }: ConfiguredOptions,
): NonNullable<NexusHubOptions['models']> {
  return Object.fromEntries(
    Object.entries(models).map(([name, routes]) => {
      const before = Object.hasOwn(own, name) ? (own[name] ?? []) : [];
      return [name, [before, routes].flat()];
    }),
  );
}

type Prices = NexusHubOptions['prices'];

function pricesOf(program: Prices, configured: Prices): Prices {
  if (!program || !configured) return configured ?? program;
  return {
    ...program,
    ...configured,
    models: { ...program.models, ...configured.models },
    byProvider: { ...program.byProvider, ...configured.byProvider },
  };
}

function merge<Members extends object>(one: Members | undefined, other: Members | undefined): Members | undefined {
  return one && other ? { ...one, ...other } : (other ?? one);
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
