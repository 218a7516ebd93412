import type { LinkedAuditEntry } from '../ports/audit-log.ts';
import type { ExportRow } from './export-form.ts';

/** What each column of an export of the audit log has. */
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

/** An entry as it is exported: all that its hash is made of, so that whoever has the file can look at the chain. */
export function auditRow(entry: LinkedAuditEntry): ExportRow {
  return Object.fromEntries(Object.entries(COLUMNS).map(([name, valueOf]) => [name, valueOf(entry)]));
}
