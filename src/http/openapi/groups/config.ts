import { z } from 'zod';
import { listNamed, named } from '../components.ts';
import type { Operations } from '../operation.ts';
import { pageOf } from '../parameters.ts';
import { configChange, configDocument } from './configured.ts';

const { strictObject, literal, string, number, array, unknown } = z;

const about = { id: string(), epoch: number(), created_at_ms: number(), by: string(), note: string() };
const config = named(
  'Config',
  strictObject({ object: literal('config'), ...about, behind: string().optional(), config: configDocument }),
);
const epoch = named('ConfigEpoch', strictObject({ object: literal('config.epoch'), ...about }));
const affected = strictObject({
  model: string(),
  key: string().nullable(),
  requests: number(),
  before: array(string()),
  after: array(string()),
  refused: string().nullable(),
});
const preview = named(
  'ConfigPreview',
  strictObject({
    object: literal('config.preview'),
    epoch: number(),
    changes: array(strictObject({ path: string(), before: unknown().optional(), after: unknown().optional() })),
    models_removed: array(string()),
    models_added: array(string()),
    keys_without_role: array(strictObject({ id: string(), name: string(), role: string() })),
    affected_requests: array(affected).nullable(),
  }),
);
const previewed = named('ConfigPreviewRequest', z.union([configChange, strictObject({ to: number().int().min(1) })]));
const rollback = named('Rollback', strictObject({ to: number().int().min(1).optional() }));
const MODE = { mode: { enum: ['merge', 'replace'], default: 'merge' } };

/** The configuration as a whole. */
export const CONFIG: Operations = {
  'GET /config': { id: 'getConfig', summary: 'What is configured', answer: { json: config }, isTagged: true },
  'PUT /config': {
    id: 'changeConfig',
    summary: 'Put a change of the configuration in force',
    query: MODE,
    body: configChange,
    answer: { json: config },
    isTagged: true,
    isConditional: true,
  },
  'GET /config/history': {
    id: 'listEpochs',
    summary: 'List earlier configurations, the newest first',
    query: pageOf(100, 100, { type: 'integer', minimum: 1, maximum: 999_999 }),
    answer: { json: listNamed('ConfigEpochList', epoch) },
  },
  'POST /config/preview': {
    id: 'previewConfig',
    summary: 'What a change would do, or going back to an earlier configuration',
    query: MODE,
    body: previewed,
    mayMiss: true,
    answer: { json: preview },
  },
  'POST /config/rollback': {
    id: 'rollbackConfig',
    summary: 'Put an earlier configuration in force again',
    body: rollback,
    mayMiss: true,
    answer: { json: config },
    isTagged: true,
    isConditional: true,
  },
};
