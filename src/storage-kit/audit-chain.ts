import { hash } from 'node:crypto';
import type { AuditEntry, AuditLink, LinkedAuditEntry } from '../ports/audit-log.ts';

/** Says how a hash is made. Another way gets another word, so that no entry can be read in both. */
const FORMULA = 'nexusai-hub audit 1';

/** What the first entry of a chain follows. */
export const CHAIN_START: AuditLink = { sequence: 0, hash: '0'.repeat(64) };

/**
 * The hash of an entry: SHA-256 over the hash before it, a line feed, and a JSON array of what stands in it. Written out
 * for outsiders in docs/audit.md.
 */
export function hashOf(entry: AuditEntry, sequence: number, previousHash: string): string {
  const canonical = JSON.stringify([
    FORMULA,
    sequence,
    entry.id,
    new Date(entry.atMs).toISOString(),
    entry.kind,
    entry.actor,
    entry.role,
    entry.action,
    entry.target,
    entry.outcome,
    entry.status,
    entry.code,
    entry.requestId,
    entry.address,
    entry.durationMs,
    entry.details,
  ]);
  return hash('sha256', `${previousHash}\n${canonical}`, 'hex');
}

/** The entries in their places behind `last`. */
export function linkedTo(last: AuditLink, entries: readonly AuditEntry[]): LinkedAuditEntry[] {
  let { sequence, hash: previousHash } = last;
  return entries.map((entry) => {
    sequence++;
    const linked = Object.assign({}, entry, { sequence, previousHash, hash: hashOf(entry, sequence, previousHash) });
    previousHash = linked.hash;
    return linked;
  });
}
