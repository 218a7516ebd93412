import { NexusError } from '../errors.ts';
import type { Caller } from '../ports/authenticator.ts';
import type { Provider } from '../ports/provider.ts';
import type { Operation, Router, Target } from '../ports/router.ts';

/** Where a model name leads: a provider of the hub, the name it knows, and its share. */
export interface RouteOptions {
  readonly provider: string;
  readonly model: string;
  readonly weight: number;
}

/**
 * Routes by model name: by the table first, then to the providers that list the name, then to those that take any
 * name.
 */
export function modelRouter(
  providers: Readonly<Record<string, Provider>>,
  table: Readonly<Record<string, readonly RouteOptions[]>>,
): Router {
  const known = new Map<string, readonly Target[]>();
  const targetOf = (providerId: string, provider: Provider, model: string, weight: number): Target => ({
    id: `${providerId}/${model}`,
    providerId,
    provider,
    model,
    weight,
  });
  const byProvider = new Map(Object.entries(providers));
  const open = [...byProvider].filter(([, provider]) => !provider.models);

  for (const [name, routes] of Object.entries(table)) {
    known.set(
      name,
      routes.flatMap(({ provider: id, model, weight }) => {
        const provider = byProvider.get(id);
        return provider ? [targetOf(id, provider, model, weight)] : [];
      }),
    );
  }
  for (const [id, provider] of byProvider) {
    for (const name of provider.models ?? []) {
      if (Object.hasOwn(table, name)) continue;
      known.set(name, [...(known.get(name) ?? []), targetOf(id, provider, name, 1)]);
    }
  }
  const mayUse = (caller: Caller, name: string): boolean => !caller.models || caller.models.includes(name);

  return {
    route({ model, operation }, caller) {
      if (!mayUse(caller, model))
        throw new NexusError('forbidden', `This key may not use the model "${model}".`, { param: 'model' });
      const targets = known.get(model) ?? open.map(([id, provider]) => targetOf(id, provider, model, 1));
      if (targets.length === 0)
        throw new NexusError('model_not_found', `The model "${model}" does not exist here.`, { param: 'model' });
      if (operation === 'chat') return targets;
      const able = targets.filter(({ provider }) => has(provider, operation));
      if (able.length > 0) return able;
      const others = [...byProvider].filter(([, provider]) => has(provider, operation)).map(([id]) => id);
      const mend = others.length === 0 ? 'No provider here has it.' : `Route it to one that has: ${others.join(', ')}.`;
      const message = `No provider of the model "${model}" has ${operation}. ${mend}`;
      throw new NexusError('operation_unsupported', message, { param: 'model' });
    },
    models(caller) {
      return [...known]
        .filter(([name]) => mayUse(caller, name))
        .map(([name, targets]) => ({ name, ownedBy: targets[0]?.providerId ?? 'unknown' }));
    },
  };
}

function has(provider: Provider, operation: Operation): boolean {
  if (operation === 'chat') return true;
  if (operation === 'embeddings') return provider.embed !== undefined;
  return provider.forward !== undefined && (provider.operations?.includes(operation) ?? true);
}
