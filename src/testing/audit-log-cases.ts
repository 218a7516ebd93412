import type { AuditLog } from '../ports/audit-log.ts';
import { auditLogChecks } from './cases/audit-log-checks.ts';
import { overTwo } from './cases/over-two.ts';
import { casesOf, type PortCase, type PortCaseOptions } from './port-case.ts';

/** Where the entries of a case are. */
export interface AuditLogPlace {
  /** A log over this place, as another process would have it: all of one place append to one chain. */
  open(): AuditLog | Promise<AuditLog>;
  /** Empties the place and gives it back. The logs were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What an audit log has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of auditLogCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function auditLogCases(
  place: () => AuditLogPlace | Promise<AuditLogPlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('auditLogCases', auditLogChecks, options, ({ check }) => overTwo(place(), check));
}
