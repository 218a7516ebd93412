import type { ChainReport } from '../data/verify-chain.ts';
import type { AuditLink, LinkedAuditEntry } from '../ports/index.ts';

/** An entry of the audit log as the API shows it. */
export function auditBody(entry: LinkedAuditEntry): object {
  return {
    object: 'audit.entry',
    sequence: entry.sequence,
    id: entry.id,
    at: new Date(entry.atMs).toISOString(),
    kind: entry.kind,
    actor: entry.actor,
    role: entry.role,
    action: entry.action,
    target: entry.target,
    outcome: entry.outcome,
    status: entry.status,
    code: entry.code,
    request_id: entry.requestId,
    address: entry.address,
    duration_ms: entry.durationMs,
    details: parsed(entry.details),
    previous_hash: entry.previousHash,
    hash: entry.hash,
  };
}

/** What came of looking at the chain, as the API shows it. */
export function chainBody({ broken, checked, from, to, head }: ChainReport): object {
  return {
    object: 'audit.verification',
    valid: broken === undefined,
    broken: broken ?? null,
    checked,
    from: linkBody(from),
    to: linkBody(to),
    checkpoint: linkBody(head.checkpoint),
    head: linkBody(head.last),
  };
}

function linkBody({ sequence, hash }: AuditLink): object {
  return { sequence, hash };
}

/** What somebody has spoilt by hand is shown as it stands there. */
function parsed(details: string | null): unknown {
  if (details === null) return null;
  try {
    return JSON.parse(details);
  } catch {
    return details;
  }
}
