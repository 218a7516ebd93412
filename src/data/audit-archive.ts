import { z } from 'zod';
import type { AuditLink, LinkedAuditEntry } from '../ports/audit-log.ts';
import { ARCHIVE_HEAD, type ArchiveKind, archiveCount } from './archive-kind.ts';
import { auditEntryIn, auditRow } from './audit-row.ts';

const link = z.object({ sequence: archiveCount, hash: z.string().regex(/^[0-9a-f]{64}$/) });

const schema = z.object({
  kind: z.literal('nexusai-hub audit archive'),
  ...ARCHIVE_HEAD,
  /** What its first entry follows. */
  after: link,
  /** Its last entry. */
  last: link,
});

/** What is known of an archive of the audit log without opening it. It lies beside it, as JSON. */
export type AuditArchiveManifest = Readonly<z.output<typeof schema>>;

/** The oldest part of an audit log. Its lines are those of an export as `jsonl`. */
export const AUDIT_ARCHIVE: ArchiveKind<LinkedAuditEntry, AuditArchiveManifest> = {
  prefix: 'audit-',
  manifest: {
    schema,
    format: 1,
    words: { its: 'the archive', one: 'an archive of an audit log', all: 'Archives', came: 'written' },
  },
  line: 'entry of an audit log',
  timeOf: ({ atMs }) => atMs,
  lineOf: auditRow,
  entryOf: auditEntryIn,
  tally: () => {
    let after: AuditLink | undefined;
    let last: AuditLink = { sequence: 0, hash: '' };
    return {
      add({ sequence, hash, previousHash }) {
        after ??= { sequence: sequence - 1, hash: previousHash };
        last = { sequence, hash };
      },
      manifest: (head) => ({ kind: 'nexusai-hub audit archive', ...head, after: after ?? last, last }),
    };
  },
};
