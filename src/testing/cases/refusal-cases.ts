import { CODE_OF_CAUSE, type FailureCause } from '../dialect.ts';
import type { CaseRun } from './case-run.ts';
import { expectCode, expectSame } from './reading.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

const CAUSES: Readonly<Record<FailureCause, string>> = {
  key: 'a refused key',
  missing: 'an unknown model',
  invalid: 'a wrong request',
  rate: 'too many requests',
  overloaded: 'too much load',
  server: 'a failure inside',
};

/** What a provider has to make of refusals. */
export const refusalCases: UpstreamCases = {
  ...causes(),
  'error-html': {
    lesson: 'E2',
    name: 'a page of HTML with an error status is told by its status',
    check: async (run) => {
      for (const streamed of [true, false]) {
        const headers = { 'content-type': 'text/html' };
        run.play({ status: 502, headers, sends: ['<html><body>Bad gateway</body></html>'] });
        expectCode(await run.read(streamed), 'provider_unavailable');
        run.play({ status: 503, headers, sends: [] });
        expectCode(await run.read(streamed), 'provider_overloaded');
      }
    },
  },
  'wait-header': {
    lesson: 'R6',
    name: 'retry-after in seconds, fractions, milliseconds and as a date becomes retryAfterMs',
    check: async (run) => {
      const now = Date.now();
      const inSeconds = (seconds: number): string => new Date(now + seconds * 1000).toUTCString();
      await expectWait(run, 7000, { 'retry-after': '7' });
      await expectWait(run, 250, { 'retry-after': '0.25' });
      await expectWait(run, 732.4, { 'retry-after-ms': '732.4', 'retry-after': '1' });
      await expectWait(run, 30_000, { 'retry-after': inSeconds(3630), date: inSeconds(3600) });
      await expectWait(run, 60_000, { 'retry-after': inSeconds(60), date: inSeconds(0) });
      await expectWait(run, undefined, { 'retry-after': 'soon' });
      await expectWait(run, undefined, { 'retry-after': '-1' });
    },
  },
  'wait-reset': {
    lesson: 'R6',
    name: 'the reset of an exhausted bucket becomes retryAfterMs, in every notation',
    check: async (run) => {
      const date = new Date(1_770_000_000_000).toUTCString();
      const left = (requests: string, tokens: string): Record<string, string> => ({
        'x-ratelimit-remaining-requests': requests,
        'x-ratelimit-remaining-tokens': tokens,
      });
      const resets = (requests: string, tokens: string): Record<string, string> => ({
        'x-ratelimit-reset-requests': requests,
        'x-ratelimit-reset-tokens': tokens,
      });
      await expectWait(run, 7660, { ...left('998', '0'), ...resets('2m52.8s', '7.66s') });
      await expectWait(run, 172_800, { ...left('0', '-3'), ...resets('2m52.8s', '7.66s') });
      await expectWait(run, 120, { ...left('0', '9'), ...resets('120ms', '1h') });
      await expectWait(run, 10_000, { ...left('-1', '9'), ...resets('10', '99') });
      await expectWait(run, undefined, { ...left('5', '9'), ...resets('10', '99') });
      await expectWait(run, 42_000, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1770000042000', date });
      await expectWait(run, 42_000, {
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': '2026-02-02T02:40:42Z',
        date,
      });
    },
  },
  'wait-words': {
    lesson: 'R6',
    name: 'the wait in the words of an error becomes retryAfterMs',
    check: async (run) => {
      await expectWait(run, 7660, {}, 'Please try again in 7.66s.');
      await expectWait(run, 360_000, {}, 'Please try again in 6m0s.');
      await expectWait(run, 120, {}, 'Please try again in 120ms.');
      await expectWait(run, 22_000, {}, 'Please retry after 22 seconds.');
      await expectWait(run, undefined, {}, 'Please try again later.');
    },
  },
};

/** Within 5 %. */
async function expectWait(
  run: CaseRun,
  wanted: number | undefined,
  headers: Readonly<Record<string, string>>,
  words = 'slow down',
): Promise<void> {
  run.playFailure(run.dialect.failure('rate', words), headers);
  const { details } = expectCode(await run.read(true), 'provider_rate_limited');
  const came = details.retryAfterMs;
  const isNear = came !== undefined && wanted !== undefined && Math.abs(came - wanted) <= wanted * 0.05;
  const asked = JSON.stringify({ ...headers, words });
  if (came !== wanted && !isNear)
    throw new Error(`Expected retryAfterMs ${wanted} for ${asked}; came ${came ?? 'none'}.`);
}

function causes(): UpstreamCases {
  const cases = Object.entries(CAUSES).map(([cause, what]): [string, UpstreamCase] => {
    if (!isCause(cause)) throw new TypeError(`No such cause: ${cause}.`);
    return [
      `error-${cause}`,
      {
        name: `${what} is ${CODE_OF_CAUSE[cause]}, with what the provider said`,
        check: async (run) => {
          for (const streamed of [true, false]) {
            const failure = run.dialect.failure(cause, `words about ${cause}`);
            run.playFailure(failure);
            const { details } = expectCode(await run.read(streamed), CODE_OF_CAUSE[cause]);
            expectSame('status', details.providerStatus, failure.status);
            expectSame('provider code', details.providerCode, failure.code);
            expectSame('words', details.providerMessage, `words about ${cause}`);
          }
        },
      },
    ];
  });
  return Object.fromEntries(cases);
}

function isCause(text: string): text is FailureCause {
  return text in CODE_OF_CAUSE;
}
