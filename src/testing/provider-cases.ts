import type { Provider } from '../ports/index.ts';
import { errorCases } from './cases/error-cases.ts';
import { streamCases } from './cases/stream-cases.ts';
import type { UpstreamCase } from './cases/upstream-case.ts';
import { wholeCases } from './cases/whole-cases.ts';
import { scriptedUpstream } from './scripted-upstream.ts';

/** One thing every provider has to do. */
export interface ProviderCase {
  /** Stable, to name it in a skip. */
  readonly id: string;
  readonly name: string;
  /** Why this provider need not do it, if it was said. */
  readonly skipped: string | undefined;
  /** Rejects with an `Error` that says what was expected and what came. */
  run(): Promise<void>;
}

/** What {@link providerCases} is told about a provider. */
export interface ProviderCaseOptions {
  /** Cases it need not pass: the reason by the case's id. */
  readonly skip?: Readonly<Record<string, string>>;
}

/**
 * What a provider that speaks OpenAI's chat completions has to do, against a real server on loopback. Knows no test
 * runner: `for (const c of providerCases(make)) it(c.name, c.run)`.
 *
 * `make` returns a new provider that sends its requests to `upstream.url`; each case closes it.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function providerCases(
  make: (upstream: { readonly url: string }) => Provider,
  options: ProviderCaseOptions = {},
): ProviderCase[] {
  const skip = options.skip ?? {};
  for (const [id, reason] of Object.entries(skip)) {
    if (!(id in CASES)) throw new TypeError(`providerCases: skip["${id}"] names no case.`);
    if (reason === '') throw new TypeError(`providerCases: skip["${id}"] needs a reason.`);
  }
  return Object.entries(CASES).map(([id, { name, script, check }]) => ({
    id,
    name,
    skipped: skip[id],
    async run() {
      const upstream = await scriptedUpstream(script);
      const provider = make(upstream);
      try {
        await check(provider, upstream);
      } finally {
        await provider.close?.();
        await upstream.close();
      }
    },
  }));
}

const CASES: Readonly<Record<string, UpstreamCase>> = { ...streamCases, ...wholeCases, ...errorCases };
