import { z } from 'zod';
import { isAddressOrNetwork } from './address-list.ts';

const MOST_NAMES = 1_000;
/** Dates end there. */
const LAST_MS = 8.64e15;

/** One line of text: it goes to records, logs and pages. */
const text = z
  .string()
  .regex(/^\P{C}+$/u, 'expected text of one line that is not empty')
  .max(128, 'expected 128 letters at most');
/** Requests or tokens a minute. */
export const perMinute = z.number().positive('expected a number above 0').max(1e12, 'expected 1000000000000 at most');
/** Requests at once. */
export const atOnce = z.number().int('expected a whole number').min(1, 'expected 1 or more').max(1_000_000);
const names = z
  .array(text)
  .min(1, 'expected at least one; null lets the key use all')
  .max(MOST_NAMES, `expected ${String(MOST_NAMES)} at most`)
  .transform((all) => [...new Set(all)])
  .nullable();
/** Nano-dollars are counted, whole ones, and only below 2^53. */
export const usd = z.number().min(1e-9, 'expected 0.000000001 or more').max(9_000_000, 'expected 9000000 at most');

/** What a list of a configured key has to be. One that lets nothing through is a mistake: who means all says nothing. */
export const oneAtLeast = (of: 'models' | 'providers'): string =>
  `expected at least one; leave it out to let the key use all ${of}`;

/** A day that may cost more than its month is a mistake of one of them. */
export const DAY_WITHIN_MONTH = 'expected no more than `month` has; the other way round?';

/** Whether a day has no more than its month, as far as both are said. */
export function isDayWithinMonth({ day, month }: Partial<Record<'day' | 'month', number | null | undefined>>): boolean {
  return (day ?? 0) <= (month ?? Infinity);
}

/** What each member of a key may be, whatever it is called where it comes in. */
export const KEY_VALUES = {
  name: text,
  owner: text.nullable(),
  role: text,
  models: names,
  providers: names,
  requestsPerMinute: perMinute.nullable(),
  tokensPerMinute: perMinute.nullable(),
  maxConcurrent: atOnce.nullable(),
  budgetUsd: z
    .strictObject({ day: usd.nullable().optional(), month: usd.nullable().optional() })
    .refine(isDayWithinMonth, { path: ['day'], message: DAY_WITHIN_MONTH })
    .nullable(),
  priority: z
    .number()
    .int('expected a whole number')
    .min(-100, 'expected -100 or more')
    .max(100, 'expected 100 or less'),
  expiresAtMs: z.number().min(0).max(LAST_MS, 'expected a moment that a date can be').nullable(),
  allowedAddresses: z
    .array(z.string().refine(isAddressOrNetwork, 'expected an address or a network such as "10.1.0.0/16"'))
    .min(1, 'expected at least one; null lets the key be used from anywhere')
    .max(MOST_NAMES, `expected ${String(MOST_NAMES)} at most`)
    .nullable(),
  disabled: z.boolean(),
  signature: z.enum(['required', 'allowed']),
} as const;

/** What is changed of a key, as programs say it. */
export const keyChangesSchema = z.strictObject(KEY_VALUES).partial();

/** A key to be made, as programs say it. */
export const newKeySchema = keyChangesSchema.required({ name: true });

/** How long the secret before may count after a rotation, in milliseconds: 90 days at most. */
export const overlapSchema = z
  .number()
  .min(0, 'expected 0 or more')
  .max(90 * 86_400_000, 'expected 90 days at most');

/** Entries of a page, unless asked for otherwise, and at most. */
export const KEY_PAGE: { readonly usual: number; readonly most: number } = { usual: 100, most: 1_000 };

/** What part of the list is asked for. */
export const keyQuerySchema = z
  .strictObject({
    after: z.string().max(128, 'expected an id'),
    limit: z.number().int('expected a whole number').min(1, 'expected 1 or more').max(KEY_PAGE.most),
  })
  .partial();
