import { flowChecks } from './cases/flow-checks.ts';
import type { MakeFlowControl } from './cases/flow-run.ts';
import { FlowRun } from './cases/flow-run.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';
import { casesOf } from './port-case.ts';

/**
 * What a flow control has to do. Time stands still in all of it. Knows no test runner:
 * `for (const { name, run } of flowControlCases(make)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function flowControlCases(make: MakeFlowControl, options: PortCaseOptions = {}): PortCase[] {
  return casesOf('flowControlCases', flowChecks, options, async ({ check }) => {
    const run = new FlowRun(make);
    try {
      await check(run);
    } finally {
      run.close();
    }
  });
}
