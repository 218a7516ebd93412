import type { AuditEntry, AuditHead, AuditLink, AuditPage, AuditQuery, LinkedAuditEntry } from 'nexusai-hub/ports';
import type { LedgerDatabase, SqlDialect } from '../dialect.ts';
import { appendAudit } from './append-audit.ts';
import { auditPage, entryOf } from './audit-page.ts';
import { headOf } from './head-of.ts';
import { removeAudit } from './remove-audit.ts';

/** What an audit log does. */
export interface AuditSteps {
  readonly appendAudit: (entries: readonly AuditEntry[]) => Promise<void>;
  readonly auditPage: (query: AuditQuery) => Promise<AuditPage>;
  readonly auditAfter: (sequence: number, limit: number) => Promise<readonly LinkedAuditEntry[]>;
  readonly auditHead: () => Promise<AuditHead>;
  /** False where no entry is there with this hash. */
  readonly removeAudit: (upTo: AuditLink) => Promise<boolean>;
}

/** The steps of an audit log over a database whose tables are up to date. */
export function auditSteps(db: LedgerDatabase, dialect: SqlDialect): AuditSteps {
  return {
    appendAudit: (entries) => appendAudit(db, dialect, entries),
    auditPage: (query) => auditPage(db, dialect, query),
    async auditAfter(sequence, limit) {
      const rows = await db
        .selectFrom('audit_entries')
        .selectAll()
        .where('sequence', '>', sequence)
        .orderBy('sequence')
        .limit(limit)
        .execute();
      return rows.map(entryOf);
    },
    auditHead: () => headOf(db),
    removeAudit: (upTo) => removeAudit(db, dialect, upTo),
  };
}
