import { z } from 'zod';
import { MOST_AUDIT_ENTRIES } from '../../../audit-query.ts';
import { listNamed, named } from '../components.ts';
import type { Operations } from '../operation.ts';
import { pageOf, PLACE, TEXT, TIMES } from '../parameters.ts';

const { strictObject, literal, string, number, boolean, unknown } = z;

const outcome = z.enum(['ok', 'refused', 'failed', 'cancelled']);
const entry = named(
  'AuditEntry',
  strictObject({
    object: literal('audit.entry'),
    sequence: number(),
    id: string(),
    at: z.iso.datetime(),
    kind: z.enum(['request', 'action']),
    actor: string().nullable(),
    role: string().nullable(),
    action: string(),
    target: string().nullable(),
    outcome,
    status: number().nullable(),
    code: string().nullable(),
    request_id: string().nullable(),
    address: string().nullable(),
    duration_ms: number().nullable(),
    details: unknown(),
    previous_hash: string(),
    hash: string(),
  }),
);
/** The first has the number 1. */
const PLACE_OF_ONE = { ...PLACE, minimum: 1 };
const link = strictObject({ sequence: number(), hash: string() });
const broken = strictObject({
  sequence: number(),
  problem: z.enum(['changed', 'missing', 'order']),
  message: string(),
});
const verification = named(
  'AuditVerification',
  strictObject({
    object: literal('audit.verification'),
    valid: boolean(),
    broken: broken.nullable(),
    checked: number(),
    from: link,
    to: link,
    checkpoint: link,
    head: link,
  }),
);

/** Who did what. */
export const AUDIT: Operations = {
  'GET /audit': {
    id: 'listAudit',
    summary: 'Search the audit log, the newest first',
    query: {
      ...{ actor: TEXT, action: TEXT, target: TEXT, outcome: { enum: outcome.options }, status: PLACE },
      ...{ ...TIMES, q: TEXT },
      ...pageOf(MOST_AUDIT_ENTRIES, 100, PLACE),
    },
    answer: { json: listNamed('AuditEntryList', entry, { next: string().nullable() }) },
  },
  'GET /audit/verify': {
    id: 'verifyAudit',
    summary: 'Look at every link of the audit log',
    query: { from: PLACE_OF_ONE, to: PLACE_OF_ONE, sequence: PLACE, hash: TEXT },
    mayMiss: true,
    answer: { json: verification },
  },
};
