import { z } from 'zod';
import { FORWARD_OPERATION_NAMES } from './openai/forward-operations.ts';
import type { Provider } from './ports/index.ts';

const name = z.string().min(1).max(128);
const text = z.string().max(512);
const tokens = z.number().int().min(0);

const condition = z
  .strictObject({
    callers: z.array(name).min(1).optional(),
    metadata: z.record(name, z.union([text, z.array(text).min(1)])).optional(),
    minPromptTokens: tokens.optional(),
    maxPromptTokens: tokens.optional(),
    streamed: z.boolean().optional(),
    operations: z
      .array(z.enum(['chat', 'embeddings', ...FORWARD_OPERATION_NAMES]))
      .min(1)
      .optional(),
  })
  .refine(
    ({ minPromptTokens = 0, maxPromptTokens = Infinity }) => minPromptTokens <= maxPromptTokens,
    'no prompt is so long and so short: expected minPromptTokens to be at most maxPromptTokens',
  );

const route = z.union([
  name.transform((provider) => ({ provider, model: undefined, weight: 1, tier: undefined, when: undefined })),
  z.strictObject({
    provider: name,
    model: name.optional(),
    weight: z.number().min(0).default(1),
    tier: z.number().int().min(1).optional(),
    when: condition.optional(),
  }),
]);

/** The option `models`. */
export const modelsSchema = z.record(name, z.union([route.transform((one) => [one]), z.array(route).min(1)]));

const causes = z.array(z.enum(['unavailable', 'context_length', 'content_filter', 'schema'])).min(1);

const fallback = z.union([
  name.transform((model) => ({ model, on: ['unavailable' as const] })),
  z.strictObject({ model: name, on: causes.default(['unavailable']) }),
]);

/** The option `fallbacks`. */
export const fallbacksSchema = z.record(name, z.union([fallback.transform((one) => [one]), z.array(fallback).min(1)]));

type Models = z.output<typeof modelsSchema>;
type Fallbacks = z.output<typeof fallbacksSchema>;

/**
 * Rules over all routes: something has to have a share, and fallbacks have to lead somewhere and to an end.
 * @throws TypeError naming the option, the rule and the mend.
 */
export function checkRoutes(models: Models, fallbacks: Fallbacks, providers: Readonly<Record<string, Provider>>): void {
  for (const [model, routes] of Object.entries(models)) {
    if (routes.every(({ weight }) => weight === 0))
      throw wrong(`the weights of models["${model}"] are all 0; give one of them a share.`);
    checkTwins(model, routes);
  }

  const all = Object.values(providers);
  const listed = new Set([...Object.keys(models), ...all.flatMap((provider) => provider.models ?? [])]);
  const isRouted = (model: string): boolean => listed.has(model) || all.some((provider) => !provider.models);
  for (const [model, list] of Object.entries(fallbacks)) {
    if (!isRouted(model))
      throw wrong(
        `fallbacks["${model}"] is for a model that leads nowhere. Give it a route in models, or leave it out.`,
      );
    for (const [place, one] of list.entries())
      if (!isRouted(one.model))
        throw wrong(
          `fallbacks["${model}"][${place}] names the model "${one.model}", which leads nowhere. Give it a route in models.`,
        );
  }
  const circle = circleIn(fallbacks);
  if (circle) throw wrong(`fallbacks go round in a circle: ${circle.join(' -> ')}. Take one of these steps out.`);
}

/** A request asks each target once. Two routes may lead to one only where conditions tell them apart. */
function checkTwins(model: string, routes: Models[string]): void {
  const known = new Map<string, number>();
  for (const [place, { provider, model: asked = model, when }] of routes.entries()) {
    if (when) continue;
    const target = JSON.stringify([provider, asked]);
    const twin = known.get(target);
    if (twin !== undefined)
      throw wrong(
        `models["${model}"][${twin}] and [${place}] both lead to "${asked}" of "${provider}", which a request asks once. Leave one out, and give the other the share of both.`,
      );
    known.set(target, place);
  }
}

function wrong(message: string): TypeError {
  return new TypeError(`NexusHub options: ${message}`);
}

/** A way from a model back to itself, if there is one. */
export function circleIn(
  fallbacks: Readonly<Record<string, readonly { readonly model: string }[]>>,
): readonly string[] | undefined {
  const table = new Map(Object.entries(fallbacks));
  const done = new Set<string>();
  const search = (path: readonly string[]): readonly string[] | undefined => {
    const model = path.at(-1) ?? '';
    const start = path.indexOf(model);
    if (start < path.length - 1) return path.slice(start);
    if (done.has(model)) return undefined;
    for (const { model: next } of table.get(model) ?? []) {
      const circle = search([...path, next]);
      if (circle) return circle;
    }
    done.add(model);
    return undefined;
  };
  for (const model of table.keys()) {
    const circle = search([model]);
    if (circle) return circle;
  }
  return undefined;
}
