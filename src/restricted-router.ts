import { NexusError } from './errors.ts';
import type { Caller, Fallback, RequestFacts, Router, Target } from './ports/index.ts';

/**
 * The same router, which leads callers that have a list of providers to no other: neither first, nor by a fallback, nor
 * in a list of models. Whatever router the owner has chosen.
 */
export function restrictedRouter(router: Router): Router {
  /** Strategies know a list again, so the same one always becomes the same. */
  const known = new WeakMap<readonly Target[], WeakMap<readonly string[], readonly Target[]>>();

  const within = (targets: readonly Target[], providers: readonly string[]): readonly Target[] => {
    let byList = known.get(targets);
    if (!byList) known.set(targets, (byList = new WeakMap()));
    let own = byList.get(providers);
    if (!own) {
      own = Object.freeze(targets.filter(({ providerId }) => providers.includes(providerId)));
      byList.set(providers, own);
    }
    return own;
  };

  const route = (facts: RequestFacts, caller: Caller): readonly Target[] => {
    const targets = router.route(facts, caller);
    if (!caller.providers) return targets;
    const own = within(targets, caller.providers);
    if (own.length > 0) return own;
    const message = `This key may not use the providers of the model "${facts.model}".`;
    throw new NexusError('forbidden', message, { param: 'model' });
  };

  const fallbacks = router.fallbacks?.bind(router);
  const leftOut = router.leftOut?.bind(router);
  return {
    route,
    ...(fallbacks && {
      fallbacks(facts, caller): readonly Fallback[] {
        const all = fallbacks(facts, caller);
        const { providers } = caller;
        if (!providers || all.length === 0) return all;
        return all
          .map((one) => ({ ...one, targets: within(one.targets, providers) }))
          .filter(({ targets }) => targets.length > 0);
      },
    }),
    ...(leftOut && {
      leftOut(facts, caller) {
        const all = leftOut(facts, caller);
        const { providers } = caller;
        if (!providers) return all;
        return all.filter(({ target }) => providers.includes(target.providerId));
      },
    }),
    models(caller) {
      const all = router.models(caller);
      if (!caller.providers) return all;
      return all.flatMap(({ name }) => {
        const [first] = ownTargets(name, caller);
        return first ? [{ name, ownedBy: first.providerId }] : [];
      });
    },
  };

  function ownTargets(model: string, caller: Caller): readonly Target[] {
    try {
      return route(
        { model, operation: 'chat', streamed: false, hasTools: false, metadata: {}, promptTokens: 0 },
        caller,
      );
    } catch {
      return []; // The router says so by throwing.
    }
  }
}
