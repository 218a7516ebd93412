import { z } from 'zod';
import { PERMISSION_NAMES } from '../../../permissions.ts';
import { named } from '../components.ts';
import type { Operations } from '../operation.ts';

const { strictObject, literal, string, number, array } = z;

const who = {
  object: literal('session'),
  caller: string(),
  role: string(),
  permissions: array(z.enum(PERMISSION_NAMES)),
  models: array(string()).nullable(),
};
const session = named('Session', strictObject({ ...who, csrf: string().nullable() }));
const begun = named('NewSession', strictObject({ ...who, csrf: string(), ends_at: number() }));
const ended = named('EndedSession', strictObject({ object: literal('session'), ended: literal(true) }));

/** Sessions of the console. */
export const SESSION: Operations = {
  'GET /session': { id: 'getSession', summary: 'Who asks', answer: { json: session } },
  'POST /session': {
    id: 'beginSession',
    summary: 'Log in with a key: a cookie stands for it',
    answer: { json: begun, status: 201 },
    headers: ['set-cookie'],
  },
  'DELETE /session': {
    id: 'endSession',
    summary: 'Log out',
    answer: { json: ended },
    headers: ['set-cookie'],
  },
};
