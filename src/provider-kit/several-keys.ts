import { NexusError } from '../errors.ts';
import type { ForwardOperation, Provider } from '../ports/index.ts';

/** Names of keys become a part of targets' ids. */
const NAME = /^[\w.-]{1,64}$/;

/**
 * One provider with several keys: `severalKeys({ a: openai({ apiKey: A }), b: openai({ apiKey: B }) })`. Each key is a
 * target of its own, `provider#a/model`, that is balanced and left alone by itself; together they have the weight of the
 * provider's routes. Where no key is named, the first is used.
 *
 * @throws TypeError when there is none, a name does not fit, or they differ in more than their keys.
 */
export function severalKeys(providers: Readonly<Record<string, Provider>>): Provider {
  const byKey = new Map(Object.entries(providers));
  const [first] = byKey.values();
  if (!first) throw new TypeError('severalKeys: expected at least one key.');
  for (const [name, provider] of byKey) checkKey(name, provider, first);

  const { kind, models } = first;
  const all = [...byKey.values()];
  const operations = operationsOf(all);
  const provider = chosenOf(byKey);
  const embed = ofAll(byKey, (one) => one.embed?.bind(one));
  const forward = ofAll(byKey, (one) => one.forward?.bind(one));
  const listModels = ofAll(byKey, (one) => one.listModels?.bind(one));
  return {
    kind,
    ...(models && { models }),
    ...(operations && { operations }),
    keys: [...byKey.keys()],
    open: async (request, context) => provider(context.keyId).open(request, context),
    ...(embed && { embed: async (request, context) => embed(context.keyId)(request, context) }),
    ...(forward && { forward: async (request, context) => forward(context.keyId)(request, context) }),
    ...(listModels && { listModels: async (context) => listModels(context.keyId)(context) }),
    close: async () => {
      await Promise.all(all.map(async (provider) => provider.close?.()));
    },
  };
}

/** An optional verb, chosen by key; `undefined` where one of them lacks it. */
function ofAll<Verb>(
  providers: ReadonlyMap<string, Provider>,
  pick: (provider: Provider) => Verb | undefined,
): ((keyId: string | undefined) => Verb) | undefined {
  const verbs = new Map<string, Verb>();
  for (const [name, provider] of providers) {
    const verb = pick(provider);
    if (verb === undefined) return undefined;
    verbs.set(name, verb);
  }
  return chosenOf(verbs);
}

function chosenOf<T>(byKey: ReadonlyMap<string, T>): (keyId: string | undefined) => T {
  const [first] = byKey.values();
  return (keyId) => {
    const chosen = keyId === undefined ? first : byKey.get(keyId);
    if (chosen !== undefined) return chosen;
    throw new NexusError('provider_denied', 'The key that was asked for is not one of the keys of this provider.');
  };
}

function checkKey(name: string, provider: Provider, first: Provider): void {
  const wrong = (rule: string): TypeError => new TypeError(`severalKeys: "${name}" ${rule}.`);
  if (!NAME.test(name)) throw wrong('is no name for a key: expected 1 to 64 letters, digits, "_", "-" and "."');
  if (typeof provider.open !== 'function') throw wrong('must be a provider: an object with the function "open"');
  if (provider.keys) throw wrong('has several keys itself; name all of them in one place');
  if (provider.kind !== first.kind) throw wrong(`is of the kind ${provider.kind}, the first is ${first.kind}`);
  if (namesIn(provider) !== namesIn(first)) throw wrong('serves other models than the first; they must be the same');
}

function namesIn({ models }: Provider): string {
  return models ? [...models].sort().join('\n') : '';
}

/** What all of them pass on; `undefined`: everything. */
function operationsOf(providers: readonly Provider[]): readonly ForwardOperation[] | undefined {
  const lists = providers.flatMap(({ operations }) => (operations ? [operations] : []));
  return lists[0]?.filter((operation) => lists.every((list) => list.includes(operation)));
}
