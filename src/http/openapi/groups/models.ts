import { z } from 'zod';
import { named } from '../components.ts';
import type { Operations } from '../operation.ts';

const model = named(
  'Model',
  z.strictObject({ id: z.string(), object: z.literal('model'), created: z.number(), owned_by: z.string() }),
);
const models = named('ModelList', z.strictObject({ object: z.literal('list'), data: z.array(model) }));

/** The models that callers may use. */
export const MODELS: Operations = {
  'GET /v1/models': { id: 'listModels', summary: 'List the models that may be used', answer: { json: models } },
  'GET /v1/models/*': {
    id: 'getModel',
    summary: 'Look at one model',
    path: '/v1/models/{id}',
    answer: { json: model },
  },
};
