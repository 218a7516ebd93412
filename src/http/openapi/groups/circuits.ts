import { z } from 'zod';
import { listNamed, named } from '../components.ts';
import type { OperationText, Operations } from '../operation.ts';
import { PAGE } from '../parameters.ts';

const { strictObject, literal, string, number } = z;

const circuit = named(
  'Circuit',
  strictObject({
    object: literal('circuit'),
    id: string(),
    state: z.enum(['closed', 'open', 'half_open']),
    why: z.enum(['failures', 'key', 'told', 'forced']).nullable(),
    retry_at: number().nullable(),
    held: z.enum(['open', 'closed']).nullable(),
    successes: number(),
    failures: number(),
  }),
);

function holding(verb: string, id: string, summary: string): OperationText {
  return { id, summary, path: `/circuits/{id}/${verb}`, answer: { json: circuit } };
}

/** How circuits stand. */
export const CIRCUITS: Operations = {
  'GET /circuits': {
    id: 'listCircuits',
    summary: 'List circuits',
    query: PAGE,
    answer: { json: listNamed('CircuitList', circuit) },
  },
  'POST /circuits/*': [
    holding('open', 'openCircuit', 'Hold a circuit open: its target is left alone'),
    holding('close', 'closeCircuit', 'Hold a circuit closed: its target is asked whatever happens'),
    holding('auto', 'releaseCircuit', 'Let a circuit go by its own rule again'),
  ],
};
