import type { LedgerSteps } from '../sql/ledger-steps.ts';

/** Steps of a ledger that can be opened and closed. */
export interface OwnSteps extends LedgerSteps {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
}
