import { ledgerArchivingCases } from './cases/ledger-archiving-cases.ts';
import { type LedgerPlace, ledgerCasesOf } from './cases/ledger-case-run.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';

/**
 * What a ledger has to do out of which old entries are taken: one with `expired`, `remove`, `restore` and `claim`. Beside
 * {@link ledgerCases}, and run likewise.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function archivableLedgerCases(
  place: () => LedgerPlace | Promise<LedgerPlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return ledgerCasesOf('archivableLedgerCases', ledgerArchivingCases, place, options);
}
