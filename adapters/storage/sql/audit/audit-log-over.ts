import type { AuditLog } from 'nexusai-hub/ports';
import { NexusError } from 'nexusai-hub/provider-kit';
import type { AuditSteps } from './audit-steps.ts';

/** An audit log from its steps. */
export function auditLogOver(steps: AuditSteps): AuditLog {
  return {
    append: (entries) => steps.appendAudit(entries),
    page: (query) => steps.auditPage(query),
    after: (sequence, limit) => steps.auditAfter(sequence, limit),
    head: () => steps.auditHead(),
    async remove(upTo) {
      if (await steps.removeAudit(upTo)) return;
      throw new NexusError(
        'conflict',
        'The audit log has no entry of this number with this hash: nothing was removed.',
      );
    },
  };
}
