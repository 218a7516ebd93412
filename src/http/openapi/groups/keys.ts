import { z } from 'zod';
import { KEY_PAGE, KEY_VALUES } from '../../../key-values.ts';
import { changedKeyBody, newKeyBody, rotationBody } from '../../key-bodies.ts';
import { deletedNamed, listNamed, named } from '../components.ts';
import type { Operations } from '../operation.ts';
import { pageOf } from '../parameters.ts';

const { strictObject, literal, string, number, array, boolean } = z;

const moment = number();
const members = strictObject({
  object: literal('key'),
  id: string(),
  name: string(),
  owner: string().nullable(),
  role: string(),
  prefix: string(),
  last4: string(),
  previous: array(strictObject({ prefix: string(), last4: string(), valid_until: moment })),
  models: array(string()).nullable(),
  providers: array(string()).nullable(),
  rpm: number().nullable(),
  tpm: number().nullable(),
  max_concurrent: number().nullable(),
  budget_usd: strictObject({ day: number().nullable(), month: number().nullable() }),
  priority: number(),
  expires_at: moment.nullable(),
  allowed_addresses: array(string()).nullable(),
  disabled: boolean(),
  signature: KEY_VALUES.signature,
  created_at: moment,
  updated_at: moment,
  last_used_at: moment.nullable(),
});
const key = named('Key', members);
const madeKey = named('KeyWithSecret', strictObject({ ...members.shape, secret: string() }));

/** Personal keys. */
export const KEYS: Operations = {
  'GET /keys': {
    id: 'listKeys',
    summary: 'List personal keys',
    query: pageOf(KEY_PAGE.most, KEY_PAGE.usual),
    answer: { json: listNamed('KeyList', key) },
  },
  'POST /keys': {
    id: 'createKey',
    summary: 'Make a personal key; its secret is in this answer alone',
    body: named('NewKey', newKeyBody),
    answer: { json: madeKey, status: 201 },
    isTagged: true,
  },
  'GET /keys/{id}': { id: 'getKey', summary: 'Look at a personal key', answer: { json: key }, isTagged: true },
  'PATCH /keys/{id}': {
    id: 'changeKey',
    summary: 'Change what is named of a personal key',
    body: named('KeyChange', changedKeyBody),
    answer: { json: key },
    isTagged: true,
    isConditional: true,
  },
  'DELETE /keys/{id}': {
    id: 'deleteKey',
    summary: 'Delete a personal key',
    answer: { json: deletedNamed('DeletedKey', 'key') },
    isConditional: true,
  },
  'POST /keys/{id}/rotate': {
    id: 'rotateKey',
    summary: 'Give a personal key another secret; it is in this answer alone',
    body: named('KeyRotation', rotationBody),
    answer: { json: madeKey },
    isTagged: true,
    isConditional: true,
  },
};
