import type { Provider } from '../../ports/index.ts';

/** Verbs a provider may do without. */
const VERBS = ['listModels'] as const;

/** A verb a provider may do without. */
export type OptionalVerb = (typeof VERBS)[number];

/** True for the name of a verb a provider may do without. */
export function isVerb(name: string): name is OptionalVerb {
  return VERBS.some((verb) => verb === name);
}

/**
 * Fails when the provider has not what a case is about, or has what it is said to be without: no verb goes untested
 * unseen.
 */
export function checkVerbs(
  provider: Provider,
  needed: OptionalVerb | undefined,
  without: Readonly<Partial<Record<OptionalVerb, string>>>,
): void {
  if (needed !== undefined && !has(provider, needed))
    throw new Error(`The provider has no ${needed}. If that is meant, say why: without: { ${needed}: '…' }.`);
  for (const verb of VERBS)
    if (without[verb] !== undefined && has(provider, verb))
      throw new Error(`The provider has ${verb}, which it is said to be without ("${without[verb]}").`);
}

function has(provider: Provider, verb: OptionalVerb): boolean {
  return provider[verb] !== undefined;
}
