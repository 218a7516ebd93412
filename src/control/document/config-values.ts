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

/** A key of a provider. Some are tokens of thousands of letters. */
export const providerKey = z
  .string('expected text')
  .min(1, 'must not be empty')
  .max(4096, 'expected at most 4096 characters');

/** Node's timers run at once when they are told to wait any longer. */
const LONGEST_MS = 2_147_483_647;
/** Whether a timer can wait so long. */
export const isTimer = (value: number): boolean => value <= LONGEST_MS;
/** What such a time has to be. */
export const TIMER_RULE = `expected at most ${LONGEST_MS} milliseconds (24 days); leave it out for the default`;

/** A time to wait. */
export const milliseconds = number
  .refine((value) => value >= 1, 'expected milliseconds, at least 1')
  .refine(isTimer, TIMER_RULE);

/** A pace, in requests a second or a minute. */
export const pace = number.refine((value) => value > 0, 'expected a number over 0');

/** A part of the whole. */
export const share = number.refine((value) => value <= 1, 'expected 0 to 1');
