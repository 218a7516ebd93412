import { BUILT_IN_ROLES } from '../../permissions.ts';
import type { Path } from './path.ts';

/** Callers that no key names: whoever shows the admin's key, and everybody where none is needed. */
const CALLERS_WITHOUT_A_KEY = ['admin', 'anonymous'];

/** What of a configuration file names something, or is named. */
interface Names {
  readonly providers: readonly {
    readonly id: string;
    readonly models?:
      | readonly {
          readonly name: string;
          readonly when?: { readonly callers?: readonly string[] | undefined } | undefined;
        }[]
      | undefined;
  }[];
  readonly keys?:
    | readonly {
        readonly name: string;
        readonly role?: string | undefined;
        readonly models?: readonly string[] | undefined;
      }[]
    | undefined;
  readonly roles?: Readonly<Record<string, unknown>> | undefined;
  readonly prices?: { readonly by_provider?: Readonly<Record<string, unknown>> | undefined } | undefined;
}

/** A name that stands for nothing in the file. */
interface Stray {
  readonly path: Path;
  readonly message: string;
}

/** Names of providers, keys, roles and models that the file uses and does not have. Each would be a rule nobody ever meets. */
export function strayNames(file: Names): Stray[] {
  return [...strayProviders(file), ...strayCallers(file), ...strayRoles(file)];
}

function strayProviders({ providers, prices }: Names): Stray[] {
  const ids = providers.map(({ id }) => id);
  return Object.keys(prices?.by_provider ?? {})
    .filter((id) => !ids.includes(id))
    .map((id) => ({
      path: ['prices', 'by_provider', id],
      message: `no provider has this id; there are ${ids.join(', ')}`,
    }));
}

function strayCallers({ providers, keys = [] }: Names): Stray[] {
  const names = [...keys.map(({ name }) => name), ...CALLERS_WITHOUT_A_KEY];
  const message = `no key has this name; there are ${names.join(', ')}`;
  return providers.flatMap(({ models = [] }, provider) =>
    models.flatMap(({ when }, model) =>
      placesOfStrays(when?.callers ?? [], names).map((place) => ({
        path: ['providers', provider, 'models', model, 'when', 'callers', place],
        message,
      })),
    ),
  );
}

function strayRoles({ keys = [], roles = {} }: Names): Stray[] {
  const names = [...Object.keys(BUILT_IN_ROLES), ...Object.keys(roles)];
  return keys.flatMap(({ name, role = 'user' }, key) => {
    if (names.includes(role)) return [];
    const message = `the key "${name}" has the role "${role}", which does not exist; there are ${names.join(', ')}`;
    return [{ path: ['keys', key, 'role'], message }];
  });
}

/**
 * Models of keys that nobody has, where every provider lists its models. In a file that is a mistake; while a hub runs,
 * models come and go.
 */
export function strayModels({ providers, keys = [] }: Names): Stray[] {
  if (providers.some(({ models }) => models === undefined)) return [];
  const names = [...new Set(providers.flatMap(({ models = [] }) => models.map(({ name }) => name)))];
  const message = `no provider has this model; there are ${names.join(', ')}`;
  return keys.flatMap(({ models = [] }, key) =>
    placesOfStrays(models, names).map((place) => ({ path: ['keys', key, 'models', place], message })),
  );
}

function placesOfStrays(used: readonly string[], names: readonly string[]): number[] {
  return [...used.keys()].filter((place) => !names.includes(used[place] ?? ''));
}
