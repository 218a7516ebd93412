import { z } from 'zod';
import { named } from '../components.ts';
import type { Operations } from '../operation.ts';

const { strictObject, literal } = z;

const life = named('Health', strictObject({ status: literal('ok') }));
const readiness = named(
  'Readiness',
  strictObject({
    status: literal('ready'),
    ledger: z.enum(['well', 'away']),
    vault: z.enum(['ready', 'undecryptable', 'unknown']),
    configuration: z.enum(['current', 'behind']),
  }),
);
const description = named(
  'Openapi',
  z.looseObject({ openapi: literal('3.1.0'), info: z.looseObject({}), paths: z.looseObject({}) }),
);

/** The server itself. */
export const SERVER: Operations = {
  'GET /healthz': { id: 'health', summary: 'Whether the process lives', answer: { json: life } },
  'GET /readyz': { id: 'readiness', summary: 'Whether requests are taken', answer: { json: readiness } },
  'GET /openapi.json': { id: 'getOpenapi', summary: 'This description', answer: { json: description } },
};
