import { z } from 'zod';

/** Above this a price is a mistake of its unit: dollars for a million tokens are meant, not for one. */
const MOST_DOLLARS = 1_000_000;

const dollars = z.number().min(0).max(MOST_DOLLARS);

const rates = z.strictObject({
  input: dollars,
  output: dollars,
  cachedInput: dollars.optional(),
  cachedAudioInput: dollars.optional(),
  cacheWrite: dollars.optional(),
  cacheWrite1h: dollars.optional(),
  audioInput: dollars.optional(),
  imageInput: dollars.optional(),
  reasoning: dollars.optional(),
  audioOutput: dollars.optional(),
  imageOutput: dollars.optional(),
});

const price = rates.extend({
  longPrompts: z
    .array(rates.extend({ abovePromptTokens: z.number().int().min(1) }))
    .refine(
      (list) => new Set(list.map(({ abovePromptTokens }) => abovePromptTokens)).size === list.length,
      'expected a limit of its own for each',
    )
    .optional(),
});

const byModel = z.record(
  z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^*]*\*?$/, 'expected a model name, or the beginning of one with "*" at its end'),
  price,
);

/** The option `prices`. */
export const pricesSchema = z.strictObject({
  version: z.string().min(1).max(64).optional(),
  models: byModel.default({}),
  byProvider: z.record(z.string(), byModel).default({}),
});
