import { z } from 'zod';
import type { LinkedAuditEntry } from '../ports/audit-log.ts';

/** What each column of an entry has where it is written into a file. */
const COLUMNS: Readonly<Record<string, (entry: LinkedAuditEntry) => string | number | null>> = {
  sequence: (entry) => entry.sequence,
  id: (entry) => entry.id,
  at: (entry) => new Date(entry.atMs).toISOString(),
  kind: (entry) => entry.kind,
  actor: (entry) => entry.actor,
  role: (entry) => entry.role,
  action: (entry) => entry.action,
  target: (entry) => entry.target,
  outcome: (entry) => entry.outcome,
  status: (entry) => entry.status,
  code: (entry) => entry.code,
  request_id: (entry) => entry.requestId,
  address: (entry) => entry.address,
  duration_ms: (entry) => entry.durationMs,
  // As a text, also in JSON: the hash is over its characters.
  details: (entry) => entry.details,
  previous_hash: (entry) => entry.previousHash,
  hash: (entry) => entry.hash,
};

/** Names of the columns, in their order. */
export const AUDIT_COLUMNS: readonly string[] = Object.keys(COLUMNS);

/** An entry as it is written: all that its hash is made of, so that whoever has the file can look at the chain. */
export function auditRow(entry: LinkedAuditEntry): Readonly<Record<string, string | number | null>> {
  return Object.fromEntries(Object.entries(COLUMNS).map(([name, valueOf]) => [name, valueOf(entry)]));
}

const text = z.string().nullable();
const whole = z.number().int();
const row = z.strictObject({
  sequence: whole,
  id: z.string(),
  at: z.iso.datetime(),
  kind: z.enum(['request', 'action']),
  actor: text,
  role: text,
  action: z.string(),
  target: text,
  outcome: z.enum(['ok', 'refused', 'failed', 'cancelled']),
  status: whole.nullable(),
  code: text,
  request_id: text,
  address: text,
  duration_ms: whole.nullable(),
  details: text,
  previous_hash: z.string(),
  hash: z.string(),
});

/** The entry of a row that was read from a file. `undefined`: it is none. */
export function auditEntryIn(value: unknown): LinkedAuditEntry | undefined {
  const { data } = row.safeParse(value);
  if (!data) return undefined;
  const { at, request_id: requestId, duration_ms: durationMs, previous_hash: previousHash, ...same } = data;
  return { ...same, atMs: Date.parse(at), requestId, durationMs, previousHash };
}
