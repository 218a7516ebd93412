import type { TokenCounter } from '../ports/token-counter.ts';
import { tokenCounterChecks } from './cases/token-counter-checks.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';
import { casesOf } from './port-case.ts';

/** What {@link tokenCounterCases} is told about a counter. */
export interface TokenCounterCaseOptions extends PortCaseOptions {
  /** A model it is for. @default 'gpt-4o' */
  readonly model?: string;
}

/**
 * What a token counter has to do. Each case makes one of its own and closes it. Knows no test runner:
 * `for (const { name, run } of tokenCounterCases(make)) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function tokenCounterCases(
  make: () => TokenCounter | Promise<TokenCounter>,
  { model = 'gpt-4o', ...options }: TokenCounterCaseOptions = {},
): PortCase[] {
  return casesOf('tokenCounterCases', tokenCounterChecks, options, async ({ check }) => {
    const counter = await make();
    try {
      await check(counter, model);
    } finally {
      counter.close?.();
    }
  });
}
