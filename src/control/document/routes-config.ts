import type { RouteCondition } from '../../defaults/router/condition.ts';
import type { FallbackRoute } from '../../route-options.ts';
import type { FallbackCause, Operation } from '../../ports/index.ts';
import { FORWARD_OPERATION_NAMES } from '../../openai/forward-operations.ts';
import { z } from 'zod';
import { count, name, number } from './config-values.ts';

const OPERATIONS = ['chat', 'embeddings', ...FORWARD_OPERATION_NAMES] as const satisfies readonly Operation[];

const CAUSES = [
  'unavailable',
  'context_length',
  'content_filter',
  'schema',
] as const satisfies readonly FallbackCause[];

const tokens = number.refine((value) => Number.isInteger(value) && value >= 0, 'expected a whole number, 0 or more');
const text = z.string('expected text').max(512, 'expected at most 512 characters');
const SOMETHING = 'expected at least one';

const condition = z
  .strictObject({
    callers: z.array(name, 'expected a list of names of keys').min(1, SOMETHING).optional(),
    metadata: z.record(z.string(), z.union([text, z.array(text).min(1, SOMETHING)], 'expected text')).optional(),
    min_prompt_tokens: tokens.optional(),
    max_prompt_tokens: tokens.optional(),
    streamed: z.boolean('expected true or false').optional(),
    operations: z
      .array(z.enum(OPERATIONS, `expected one of ${OPERATIONS.join(', ')}`), 'expected a list of operations')
      .min(1, SOMETHING)
      .optional(),
  })
  .refine(
    ({ min_prompt_tokens: least = 0, max_prompt_tokens: most = Infinity }) => least <= most,
    'no prompt is so long and so short: min_prompt_tokens has to be at most max_prompt_tokens',
  );

/** A model of a provider in the file. */
export const modelSchema = z.union(
  [
    name.transform((model) => ({
      name: model,
      upstream_model: undefined,
      weight: 1,
      tier: undefined,
      when: undefined,
    })),
    z.strictObject({
      name,
      upstream_model: name.optional(),
      weight: number.refine((value) => value >= 0, 'expected 0 or more').default(1),
      tier: count.optional(),
      when: condition.optional(),
    }),
  ],
  'expected a model name, or an object with name, upstream_model, weight, tier and when',
);

const fallback = z.union(
  [
    name,
    z.strictObject({
      model: name,
      on: z
        .array(z.enum(CAUSES, `expected one of ${CAUSES.join(', ')}`), 'expected a list of causes')
        .min(1, SOMETHING)
        .optional(),
    }),
  ],
  'expected a model name, or an object with model and on',
);

/** `fallbacks` of the file. */
export const fallbacksSchema = z.record(
  name,
  z.union([fallback, z.array(fallback).min(1, SOMETHING)], 'expected a model name, or a list of them'),
);

/** `when` of a model, as the option of the hub. */
export function conditionOf(condition: NonNullable<z.output<typeof modelSchema>['when']>): RouteCondition {
  const { min_prompt_tokens: minPromptTokens, max_prompt_tokens: maxPromptTokens, ...same } = condition;
  return { ...same, minPromptTokens, maxPromptTokens };
}

/** `fallbacks`, as the option of the hub. */
export function fallbacksOf(fallbacks: z.output<typeof fallbacksSchema>): Record<string, readonly FallbackRoute[]> {
  return Object.fromEntries(
    Object.entries(fallbacks).map(([model, list]) => [model, (Array.isArray(list) ? list : [list]).map(fallbackOf)]),
  );
}

function fallbackOf(fallback: Exclude<z.output<typeof fallbacksSchema>[string], unknown[]>): FallbackRoute {
  if (typeof fallback === 'string') return fallback;
  return { model: fallback.model, ...(fallback.on ? { on: fallback.on } : {}) };
}
