import type { Ledger } from '../ports/ledger.ts';
import { ledgerConversationCases } from './cases/ledger-conversation-cases.ts';
import type { LedgerCheck } from './cases/ledger-samples.ts';
import { ledgerSummingCases } from './cases/ledger-summing-cases.ts';
import { ledgerWritingCases } from './cases/ledger-writing-cases.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';
import { casesOf } from './port-case.ts';

/** Where ledgers keep what they are told: a file, a database, or the memory of a test. */
export interface LedgerPlace {
  /** A ledger over this place; one that was closed goes on where it stopped. */
  open(): Ledger | Promise<Ledger>;
  /** Empties the place and gives it back. The ledgers were closed before. */
  close?(): void | Promise<void>;
}

/**
 * What a ledger has to do. Each case has a place of its own, empty at first. Knows no test runner:
 * `for (const { name, run } of ledgerCases(place)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function ledgerCases(
  place: () => LedgerPlace | Promise<LedgerPlace>,
  options: PortCaseOptions = {},
): PortCase[] {
  return casesOf('ledgerCases', CASES, options, async ({ check }) => {
    const made = await place();
    let ledger: Ledger | undefined;
    try {
      const open = async (): Promise<Ledger> => {
        await ledger?.close?.();
        ledger = undefined;
        ledger = await made.open();
        await ledger.open?.();
        return ledger;
      };
      await check(await open(), open);
    } finally {
      await ledger?.close?.();
      await made.close?.();
    }
  });
}

const CASES: Readonly<Record<string, LedgerCheck>> = Object.fromEntries(
  Object.entries({ ...ledgerWritingCases, ...ledgerSummingCases, ...ledgerConversationCases }).map(([id, one]) => [
    id,
    one.lesson === undefined ? one : { ...one, name: `${one.lesson}: ${one.name}` },
  ]),
);
