import { z } from 'zod';
import { PLAIN_NAME, SHORTEST_SECRET } from './signatures/signature-base.ts';

/** Nano-dollars are counted, and whole ones only below 2^53. */
const usd = z.number().positive().max(9_000_000);
const name = z.string().min(1).max(128);

const members = z.strictObject({
  name,
  key: z.string().min(8, 'expected at least 8 characters').max(512),
  role: name.optional(),
  models: z.array(name).optional(),
  providers: z.array(name).optional(),
  requestsPerMinute: z.number().positive().optional(),
  tokensPerMinute: z.number().positive().optional(),
  maxConcurrent: z.number().int().min(1).optional(),
  budgetUsd: z
    .strictObject({ day: usd.optional(), month: usd.optional() })
    .refine(({ day, month }) => (day ?? month) !== undefined, 'expected day, month or both; leave it out for no budget')
    .optional(),
  priority: z.number().int().min(-100).max(100).optional(),
  signature: z.enum(['required', 'allowed']).optional(),
});

/** A key of callers. Whoever has to sign must be able to. */
export const keySchema = members.superRefine(({ name: signer, key: secret, signature }, context) => {
  const complain = (member: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [member], message });
  };
  if (signature !== 'required') return;
  if (secret.length < SHORTEST_SECRET) complain('key', `expected ${String(SHORTEST_SECRET)} characters to sign with`);
  if (!PLAIN_NAME.test(signer)) complain('name', 'expected printable ASCII, to sign with');
});

/** How long signatures count. */
export const signaturesSchema = z.strictObject({
  maxAgeMs: z.number().min(1_000).max(86_400_000).default(300_000),
  clockSkewMs: z.number().min(0).max(3_600_000).default(30_000),
});
