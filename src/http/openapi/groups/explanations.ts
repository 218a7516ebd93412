import { z } from 'zod';
import { FORWARD_OPERATION_NAMES } from '../../../openai/forward-operations.ts';
import { named } from '../components.ts';
import type { Operations } from '../operation.ts';
import { passedRequest } from './calls.ts';

const { strictObject, literal, string, number, array, boolean } = z;

const operation = z.enum(['chat', 'embeddings', ...FORWARD_OPERATION_NAMES]);
const candidate = strictObject({
  target: string(),
  model: string(),
  tier: number(),
  weight: number(),
  circuit: z.enum(['closed', 'open', 'half-open']),
  verdict: z.enum(['asked', 'asked_first', 'backs_up', 'left_alone', 'no_place', 'not_needed', 'left_out']),
  why: string().optional(),
});
const explanation = named(
  'Explanation',
  strictObject({
    object: literal('explanation'),
    model: string(),
    operation,
    streamed: boolean(),
    prompt_tokens: number(),
    caller: string(),
    first: string().nullable(),
    candidates: array(candidate),
    refusal: strictObject({ code: string(), message: string() }).nullable(),
  }),
);

/** Where a request would go. */
export const EXPLANATIONS: Operations = {
  'POST /explain': {
    id: 'explain',
    summary: 'Where a request would go, and why',
    query: { operation: { enum: operation.options, default: 'chat' } },
    body: passedRequest,
    answer: { json: explanation },
  },
};
