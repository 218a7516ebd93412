import type { AuditEntry } from 'nexusai-hub/ports';

/** An entry of a chat request. */
export function auditEntry(id: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id,
    atMs: 1_767_225_600_000,
    kind: 'request',
    actor: 'app',
    role: 'user',
    action: 'POST /v1/chat/completions',
    target: '/v1/chat/completions',
    outcome: 'ok',
    status: 200,
    code: null,
    requestId: `req-${id}`,
    address: '192.0.2.1',
    durationMs: 12,
    details: null,
    ...more,
  };
}
