import { z } from 'zod';
import { atOnce, DAY_WITHIN_MONTH, isDayWithinMonth, oneAtLeast, perMinute, usd } from './key-values.ts';
import { PLAIN_NAME, SHORTEST_SECRET } from './signatures/signature-base.ts';

const name = z.string().min(1).max(128);

const members = z.strictObject({
  name,
  key: z.string().min(8, 'expected at least 8 characters').max(512),
  role: name.optional(),
  models: z.array(name).min(1, oneAtLeast('models')).optional(),
  providers: z.array(name).min(1, oneAtLeast('providers')).optional(),
  requestsPerMinute: perMinute.optional(),
  tokensPerMinute: perMinute.optional(),
  maxConcurrent: atOnce.optional(),
  budgetUsd: z
    .strictObject({ day: usd.optional(), month: usd.optional() })
    .refine(({ day, month }) => (day ?? month) !== undefined, 'expected day, month or both; leave it out for no budget')
    .refine(isDayWithinMonth, { path: ['day'], message: DAY_WITHIN_MONTH })
    .optional(),
  priority: z.number().int().min(-100).max(100).optional(),
  signature: z.enum(['required', 'allowed']).optional(),
});

/** Why a key cannot sign; `undefined`: it can. */
export function signerProblem(
  name: string,
  key: string,
): { readonly member: 'key' | 'name'; readonly needs: string } | undefined {
  if (key.length < SHORTEST_SECRET)
    return { member: 'key', needs: `${String(SHORTEST_SECRET)} characters to sign with` };
  return PLAIN_NAME.test(name) ? undefined : { member: 'name', needs: 'printable ASCII, to sign with' };
}

/** A key of callers. Whoever has to sign must be able to. */
export const keySchema = members.superRefine(({ name: signer, key, signature }, context) => {
  const problem = signature === 'required' ? signerProblem(signer, key) : undefined;
  if (problem) context.addIssue({ code: 'custom', path: [problem.member], message: `expected ${problem.needs}` });
});

/** How long signatures count. */
export const signaturesSchema = z.strictObject({
  maxAgeMs: z.number().min(1_000).max(86_400_000).default(300_000),
  clockSkewMs: z.number().min(0).max(3_600_000).default(30_000),
});
