import { z } from 'zod';
import { DAY_WITHIN_MONTH, isDayWithinMonth, oneAtLeast } from '../../key-values.ts';
import { count, name, number, pace } from './config-values.ts';

const usd = number.refine((value) => value > 0 && value <= 9_000_000, 'expected US dollars, over 0, at most 9000000');
const priority = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
    ],
    'expected a number',
  )
  .refine((value) => Number.isInteger(value) && Math.abs(value) <= 100, 'expected a whole number, -100 to 100');

/** A key of callers in a configuration. */
export const keySchema = z.strictObject({
  name,
  key: z.string('expected text').min(8, 'expected at least 8 characters').max(512, 'expected at most 512 characters'),
  role: name.optional(),
  models: z.array(name).min(1, oneAtLeast('models')).optional(),
  providers: z.array(name).min(1, oneAtLeast('providers')).optional(),
  rpm: pace.optional(),
  tpm: pace.optional(),
  max_concurrent: count.optional(),
  budget_usd: z
    .strictObject({ day: usd.optional(), month: usd.optional() })
    .refine(({ day, month }) => (day ?? month) !== undefined, 'expected day, month or both; leave it out for no budget')
    .refine(isDayWithinMonth, { path: ['day'], message: DAY_WITHIN_MONTH })
    .optional(),
  priority: priority.optional(),
  signature: z.enum(['required', 'allowed'], 'expected required or allowed').optional(),
});
