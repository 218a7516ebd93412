import type { PricesByModel, PricesOptions } from '../../defaults/price-table.ts';
import { z } from 'zod';
import { count, name, number } from './config-values.ts';

const dollars = number.refine(
  (value) => value >= 0 && value <= 1_000_000,
  'expected US dollars for a million tokens, 0 or more',
);

const rates = z.strictObject({
  input: dollars,
  output: dollars,
  cached_input: dollars.optional(),
  cached_audio_input: dollars.optional(),
  cache_write: dollars.optional(),
  cache_write_1h: dollars.optional(),
  audio_input: dollars.optional(),
  image_input: dollars.optional(),
  reasoning: dollars.optional(),
  audio_output: dollars.optional(),
  image_output: dollars.optional(),
});

const longPrompts = z
  .array(rates.extend({ above_prompt_tokens: count }))
  .refine(
    (list) => new Set(list.map((one) => one.above_prompt_tokens)).size === list.length,
    'expected a limit of its own for each',
  );

const byModel = z.record(
  name.regex(/^[^*]*\*?$/, 'expected a model name, or the beginning of one with "*" at its end'),
  rates.extend({ long_prompts: longPrompts.optional() }),
);

/** `prices` of the file. */
export const pricesSchema = z.strictObject({
  version: z.union([z.number().transform(String), name.max(64)], 'expected text').optional(),
  models: byModel.optional(),
  by_provider: z.record(z.string(), byModel).optional(),
});

type RatesConfig = z.output<typeof rates>;

/** What `prices` of the file become. */
export function pricesOf({
  version,
  models,
  by_provider: byProvider = {},
}: z.output<typeof pricesSchema>): PricesOptions {
  return {
    version,
    models: models && pricesByModel(models),
    byProvider: Object.fromEntries(Object.entries(byProvider).map(([id, prices]) => [id, pricesByModel(prices)])),
  };
}

function pricesByModel(prices: z.output<typeof byModel>): PricesByModel {
  return Object.fromEntries(
    Object.entries(prices).map(([model, { long_prompts: long, ...price }]) => [
      model,
      {
        ...ratesOf(price),
        longPrompts: long?.map(({ above_prompt_tokens: above, ...dearer }) => ({
          ...ratesOf(dearer),
          abovePromptTokens: above,
        })),
      },
    ]),
  );
}

function ratesOf(given: RatesConfig): PricesByModel[string] {
  return {
    input: given.input,
    output: given.output,
    cachedInput: given.cached_input,
    cachedAudioInput: given.cached_audio_input,
    cacheWrite: given.cache_write,
    cacheWrite1h: given.cache_write_1h,
    audioInput: given.audio_input,
    imageInput: given.image_input,
    reasoning: given.reasoning,
    audioOutput: given.audio_output,
    imageOutput: given.image_output,
  };
}
