import { FORWARD_OPERATION_NAMES, isForwardOperation } from '../../openai/forward-operations.ts';
import type { ForwardOperation, Provider } from '../../ports/index.ts';

const VERBS = ['listModels', 'embed', 'forward'] as const;

/** What a provider may do without: a verb, or one of the operations that it passes on. */
export type OptionalVerb = (typeof VERBS)[number] | ForwardOperation;

/** Reasons why a provider is without a verb. */
export type MissingVerbs = Readonly<Partial<Record<OptionalVerb, string>>>;

/** True for the name of something a provider may do without. */
export function isVerb(name: string): name is OptionalVerb {
  return VERBS.some((verb) => verb === name) || isForwardOperation(name);
}

/** Why a provider is without this verb, if it is said to be. */
export function reasonFor(verb: OptionalVerb | undefined, without: MissingVerbs): string | undefined {
  if (verb === undefined) return undefined;
  return without[verb] ?? (isForwardOperation(verb) ? without.forward : undefined);
}

/**
 * Fails when the provider has not what a case is about, or has what it is said to be without: no verb goes untested
 * unseen.
 */
export function checkVerbs(provider: Provider, needed: OptionalVerb | undefined, without: MissingVerbs): void {
  if (needed !== undefined && !has(provider, needed))
    throw new Error(`The provider has no ${needed}. If that is meant, say why: without: { ${needed}: '…' }.`);
  for (const verb of [...VERBS, ...FORWARD_OPERATION_NAMES])
    if (without[verb] !== undefined && has(provider, verb))
      throw new Error(`The provider has ${verb}, which it is said to be without ("${without[verb]}").`);
}

function has(provider: Provider, verb: OptionalVerb): boolean {
  if (!isForwardOperation(verb)) return provider[verb] !== undefined;
  return provider.forward !== undefined && (provider.operations?.includes(verb) ?? true);
}
