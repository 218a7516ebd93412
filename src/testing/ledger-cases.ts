import { ledgerCachedCases } from './cases/ledger-cached-cases.ts';
import { type LedgerPlace, ledgerCasesOf } from './cases/ledger-case-run.ts';
import { ledgerConversationCases } from './cases/ledger-conversation-cases.ts';
import { ledgerSummingCases } from './cases/ledger-summing-cases.ts';
import { ledgerWritingCases } from './cases/ledger-writing-cases.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';

const CASES = { ...ledgerWritingCases, ...ledgerSummingCases, ...ledgerCachedCases, ...ledgerConversationCases };

/**
 * What a ledger has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of ledgerCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function ledgerCases(
  place: () => LedgerPlace | Promise<LedgerPlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return ledgerCasesOf('ledgerCases', CASES, place, options);
}
