import { AuditViews } from '../audit-views.ts';
import { memoryAuditLog } from '../defaults/audit-log.ts';
import { type MaskOption, maskPatternOf } from '../masking/masking-logger.ts';
import { textMask } from '../masking/text-mask.ts';
import type { AuditLog, Clock, Logger } from '../ports/index.ts';
import type { AuditSettings } from './audit-trail.ts';
import { AuditTrail } from './audit-trail.ts';

/**
 * The audit log of a hub: who is told, and who tells. In memory where nothing else is said.
 * @param mask what is masked in it beside keys.
 */
export function auditOf(
  { log, ...settings }: AuditSettings & { readonly log?: AuditLog | undefined },
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  mask: readonly MaskOption[],
): { readonly trail: AuditTrail; readonly views: AuditViews } {
  const place = log ?? memoryAuditLog();
  // What goes into memory goes at once: there is nothing to save by waiting.
  const trail = new AuditTrail(
    settings,
    { log: place, clock, logger, gatherMs: log ? undefined : 0 },
    textMask(mask.map(maskPatternOf)),
  );
  return { trail, views: new AuditViews({ log: place, logger, refresh: () => trail.settled() }) };
}
