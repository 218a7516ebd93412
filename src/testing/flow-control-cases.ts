import { flowChecks } from './cases/flow-checks.ts';
import type { MakeFlowControl } from './cases/flow-run.ts';
import { FlowRun } from './cases/flow-run.ts';

/** One thing every flow control has to do. */
export interface FlowControlCase {
  /** Stable, to name it in a skip. */
  readonly id: string;
  /** Begins with the id of a field lesson where there is one behind it. */
  readonly name: string;
  /** Why this flow control need not do it. */
  readonly skipped: string | undefined;
  /** Rejects with an `Error` that says what was expected and what came. */
  readonly run: () => Promise<void>;
}

/** What {@link flowControlCases} is told about a flow control. */
export interface FlowControlCaseOptions {
  /** Cases it need not pass: the reason by the case's id. */
  readonly skip?: Readonly<Record<string, string>>;
}

/**
 * What a flow control has to do. Time stands still in all of it. Knows no test runner:
 * `for (const { name, run } of flowControlCases(make)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function flowControlCases(make: MakeFlowControl, options: FlowControlCaseOptions = {}): FlowControlCase[] {
  const { skip = {} } = options;
  for (const [id, reason] of Object.entries(skip)) {
    if (!(id in flowChecks)) throw new TypeError(`flowControlCases: skip["${id}"] names no case.`);
    if (reason === '') throw new TypeError(`flowControlCases: skip["${id}"] needs a reason.`);
  }
  return Object.entries(flowChecks).map(([id, { name, check }]) => ({
    id,
    name,
    skipped: skip[id],
    async run() {
      const run = new FlowRun(make);
      try {
        await check(run);
      } finally {
        run.close();
      }
    },
  }));
}
