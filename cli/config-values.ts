import { z } from 'zod';

/** A number, also as the text a substituted variable leaves. */
export const number = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ],
  'expected a number',
);

/** A whole number, at least 1. */
export const count = number.refine(
  (value) => Number.isInteger(value) && value >= 1,
  'expected a whole number, at least 1',
);

/** A name of a provider, a model or a key. */
export const name = z.string('expected text').min(1, 'must not be empty').max(128, 'expected at most 128 characters');
