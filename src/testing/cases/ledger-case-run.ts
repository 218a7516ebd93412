import type { Ledger } from '../../ports/ledger.ts';
import type { PortCase, PortCaseOptions } from '../port-case.ts';
import { casesOf } from '../port-case.ts';
import type { LedgerCheck } from './ledger-samples.ts';

/** Where ledgers keep what they are told: a file, a database, or the memory of a test. */
export interface LedgerPlace {
  /** A ledger over this place; one that was closed goes on where it stopped. */
  open(): Ledger | Promise<Ledger>;
  /** Empties the place and gives it back. The ledgers were closed before. */
  close?(): void | Promise<void>;
}

/** The cases of a suite, each with a place of its own, and with ledgers that are closed after it. */
export function ledgerCasesOf(
  suite: string,
  checks: Readonly<Record<string, LedgerCheck>>,
  place: () => LedgerPlace | Promise<LedgerPlace>,
  options: PortCaseOptions,
): PortCase[] {
  return casesOf(suite, named(checks), options, async ({ check }) => {
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

function named(checks: Readonly<Record<string, LedgerCheck>>): Readonly<Record<string, LedgerCheck>> {
  return Object.fromEntries(
    Object.entries(checks).map(([id, one]) => [
      id,
      one.lesson === undefined ? one : { ...one, name: `${one.lesson}: ${one.name}` },
    ]),
  );
}
