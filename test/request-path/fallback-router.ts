import type { Fallback, FallbackCause, Provider, Router, Target } from 'nexusai-hub/ports';

/** Providers by model name, and which models may answer in which one's place. */
export function fallbackRouter(
  models: Readonly<Record<string, Readonly<Record<string, Provider>>>>,
  fallbacks: readonly {
    readonly model: string;
    readonly insteadOf?: string;
    readonly on: readonly FallbackCause[];
  }[],
): Router {
  const targetsOf = (model: string): Target[] =>
    Object.entries(models[model] ?? {}).map(([providerId, provider]) => ({
      id: `${providerId}/${model}`,
      providerId,
      provider,
      model,
      weight: 1,
    }));
  return {
    route: ({ model }) => targetsOf(model),
    fallbacks: () =>
      fallbacks.map(({ model, insteadOf = 'm', on }): Fallback => ({
        model,
        insteadOf,
        on,
        targets: targetsOf(model),
      })),
    models: () => [],
  };
}
