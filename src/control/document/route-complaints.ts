import { circleIn } from '../../route-settings.ts';
import type { Config } from './config-schema.ts';
import type { Path } from './path.ts';
import { fallbacksOf } from './routes-config.ts';

/** A rule over routes that a file breaks. */
interface RouteComplaint {
  readonly path: Path;
  readonly message: string;
}

/**
 * Routes of a file that have no share, and fallbacks that lead nowhere or round in a circle. No hub can be made of them;
 * here it is known where they stand.
 */
export function routeComplaints({ providers, fallbacks = {} }: Config): RouteComplaint[] {
  return [...shareless(providers), ...strayFallbacks(providers, fallbacks), ...circles(fallbacks)];
}

function shareless(providers: Config['providers']): RouteComplaint[] {
  const routes = providers.flatMap(({ models = [] }, provider) =>
    models.map(({ name, weight }, model) => ({
      name,
      weight,
      path: ['providers', provider, 'models', model, 'weight'],
    })),
  );
  const shared = new Set(routes.flatMap(({ name, weight }) => (weight > 0 ? [name] : [])));
  const firsts = routes.filter(({ name }, place) => routes.findIndex((one) => one.name === name) === place);
  return firsts
    .filter(({ name }) => !shared.has(name))
    .map(({ name, path }) => ({
      path,
      message: `the weights of the model "${name}" are all 0; give one of them a share`,
    }));
}

function strayFallbacks(providers: Config['providers'], fallbacks: NonNullable<Config['fallbacks']>): RouteComplaint[] {
  if (providers.some(({ models }) => models === undefined)) return [];
  const names = new Set(providers.flatMap(({ models = [] }) => models.map(({ name }) => name)));
  const message = `no provider has this model; there are ${[...names].join(', ')}`;
  return Object.entries(fallbacksOf(fallbacks)).flatMap(([model, list]) => {
    const places = Array.isArray(fallbacks[model]) ? [...list.keys()] : [undefined];
    const strays = list.flatMap((one, place) => {
      const at = places[place];
      if (names.has(typeof one === 'string' ? one : one.model)) return [];
      return [{ path: ['fallbacks', model, ...(at === undefined ? [] : [at])], message }];
    });
    return names.has(model) ? strays : [{ path: ['fallbacks', model], message }, ...strays];
  });
}

function circles(fallbacks: NonNullable<Config['fallbacks']>): RouteComplaint[] {
  const table = Object.entries(fallbacksOf(fallbacks)).map(([model, list]) => {
    return [model, list.map((one) => (typeof one === 'string' ? { model: one } : one))] as const;
  });
  const circle = circleIn(Object.fromEntries(table));
  const [first] = circle ?? [];
  if (!circle || first === undefined) return [];
  const message = `goes round in a circle: ${circle.join(' -> ')}; take one of these steps out`;
  return [{ path: ['fallbacks', first], message }];
}
