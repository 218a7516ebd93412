import { AuditViews } from '../audit-views.ts';
import { memoryAuditLog } from '../defaults/audit-log.ts';
import { type MaskOption, maskPatternOf } from '../masking/masking-logger.ts';
import { textMask } from '../masking/text-mask.ts';
import type { AuditLog, Clock, Database, Logger } from '../ports/index.ts';
import type { AuditSettings } from './audit-trail.ts';
import { AuditTrail } from './audit-trail.ts';

/** What of the settings of a hub is about it. */
interface AuditNeeds {
  readonly audit: AuditSettings;
  readonly control: { readonly stores: { readonly audit?: AuditLog | undefined } };
  readonly database?: Pick<Database, 'audit'> | undefined;
  readonly logging: { readonly mask: readonly MaskOption[] };
}

/** The audit log of a hub: who is told, and who tells. In memory where nothing else is said. */
export function auditOf(
  { audit, control, database, logging }: AuditNeeds,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): { readonly trail: AuditTrail; readonly views: AuditViews; readonly log: AuditLog } {
  const log = control.stores.audit ?? database?.audit ?? memoryAuditLog();
  const trail = new AuditTrail(audit, { log, clock, logger }, textMask(logging.mask.map(maskPatternOf)));
  return { trail, log, views: new AuditViews({ log, logger, refresh: () => trail.settled() }) };
}
