import { NexusError } from '../errors.ts';
import type { NexusErrorCode } from '../errors.ts';
import type { Caller } from '../ports/authenticator.ts';
import type { Provider } from '../ports/provider.ts';
import type { Fallback, FallbackCause, RequestFacts, Router } from '../ports/router.ts';
import { RecentMap } from './recent-map.ts';
import type { RouteCondition } from './router/condition.ts';
import type { FallbackOptions } from './router/fallback-chain.ts';
import { fallbackChain } from './router/fallback-chain.ts';
import type { RouteEntry } from './router/route-set.ts';
import { canDo, mayNotUse, RouteSet } from './router/route-set.ts';

/** Where a model name leads: a provider of the hub, the name it knows, its share, its rank, and for whom it is. */
export interface RouteOptions {
  readonly provider: string;
  readonly model: string;
  readonly weight: number;
  readonly tier?: number | undefined;
  readonly when?: RouteCondition | undefined;
}

const NONE: readonly never[] = [];

/** What leads to a fallback where no route of a model is for a request. */
const CAUSES: Partial<Record<NexusErrorCode, FallbackCause>> = {
  context_length_exceeded: 'context_length',
  operation_unsupported: 'unavailable',
};

/** Names remembered that nobody lists: they come from callers. */
const MOST_OTHERS = 1_000;

/**
 * Routes by model name: by the table first, then to the providers that list the name, then to those that take any
 * name. A provider with several keys is a target for each of them; they share the weight of its route. A request that no
 * route of the model is for goes to the fallback that stands in for that.
 */
export function modelRouter(
  providers: Readonly<Record<string, Provider>>,
  table: Readonly<Record<string, readonly RouteOptions[]>>,
  fallbacks: Readonly<Record<string, readonly FallbackOptions[]>> = {},
): Router {
  const byProvider = new Map(Object.entries(providers));
  const known = new Map<string, RouteSet>();
  const listed = new Map<string, RouteEntry[]>();

  for (const [name, routes] of Object.entries(table)) {
    const entries = routes.flatMap((route) => {
      const provider = byProvider.get(route.provider);
      return provider ? entriesOf(provider, route) : [];
    });
    known.set(name, new RouteSet(name, entries));
  }
  for (const [id, provider] of byProvider) {
    for (const model of provider.models ?? []) {
      if (known.has(model)) continue;
      const entries = listed.get(model) ?? [];
      entries.push(...entriesOf(provider, { provider: id, model, weight: 1 }));
      listed.set(model, entries);
    }
  }
  for (const [name, entries] of listed) known.set(name, new RouteSet(name, entries));

  const takesAny = [...byProvider].filter(([, provider]) => !provider.models);
  const others = new RecentMap<string, RouteSet>(MOST_OTHERS);
  const routesOf = (model: string): RouteSet => {
    let routes = known.get(model) ?? others.get(model);
    if (!routes) {
      const entries = takesAny.flatMap(([id, provider]) => entriesOf(provider, { provider: id, model, weight: 1 }));
      routes = new RouteSet(model, entries);
      if (routes.size > 0) others.set(model, routes);
    }
    return routes;
  };
  const fallbackTable = new Map(Object.entries(fallbacks));
  const mayUse = (caller: Caller, name: string): boolean => !caller.models || caller.models.includes(name);

  const chainFor = (facts: RequestFacts, caller: Caller): readonly Fallback[] => {
    // Asked for every request: most models have none.
    if (!fallbackTable.has(facts.model)) return NONE;
    return fallbackChain(facts.model, fallbackTable, (name) => routesOf(name).targetsFor(facts, caller));
  };

  return {
    route(facts, caller) {
      const { model, operation } = facts;
      if (!mayUse(caller, model)) throw mayNotUse(model);
      const routes = routesOf(model);
      if (routes.size === 0)
        throw new NexusError('model_not_found', `The model "${model}" does not exist here.`, { param: 'model' });
      const targets = routes.targetsFor(facts, caller);
      if (targets.length > 0) return targets;
      const able = [...byProvider].filter(([, provider]) => canDo(provider, operation)).map(([id]) => id);
      const refusal = routes.refusal(facts, caller, able);
      const cause = CAUSES[refusal.code];
      const standIn = chainFor(facts, caller).find(
        ({ insteadOf, on }) => insteadOf === model && cause && on.includes(cause),
      );
      if (standIn) return standIn.targets;
      throw refusal;
    },
    fallbacks: chainFor,
    leftOut(facts, caller) {
      return mayUse(caller, facts.model) ? routesOf(facts.model).leftOutFor(facts, caller) : [];
    },
    models(caller) {
      return [...known]
        .filter(([name, routes]) => mayUse(caller, name) && routes.isOpenTo(caller))
        .map(([name, { ownedBy = 'unknown' }]) => ({ name, ownedBy }));
    },
  };
}

/** One entry for each of the provider's keys, or one where it names none. */
function entriesOf(provider: Provider, { provider: id, model, weight, tier, when }: RouteOptions): RouteEntry[] {
  const common = { providerId: id, provider, model, ...(tier === undefined ? {} : { tier }) };
  const { keys = [] } = provider;
  const targets =
    keys.length === 0
      ? [{ id: `${id}/${model}`, ...common, weight }]
      : keys.map((keyId) => ({ id: `${id}#${keyId}/${model}`, ...common, keyId, weight: weight / keys.length }));
  return targets.map((target) => ({ target, when }));
}
