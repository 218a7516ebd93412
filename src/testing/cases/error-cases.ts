import { inspect } from 'node:util';

import { expectCode, expectSame, readAll } from './case-tools.ts';
import { cancelAt, JSON_HEADERS, settled } from './case-answers.ts';
import type { UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of failures. */
export const errorCases: UpstreamCases = {
  'error-status': {
    name: 'statuses become codes, with what the provider said',
    check: async (provider, upstream) => {
      const table = [
        [401, 'provider_denied'],
        [404, 'provider_not_found'],
        [400, 'provider_rejected'],
        [429, 'provider_rate_limited'],
        [500, 'provider_unavailable'],
        [503, 'provider_overloaded'],
      ] as const;
      for (const streamed of [true, false]) {
        for (const [status, code] of table) {
          const sends = [`{"error":{"message":"words of ${status}","code":"code_${status}"}}`];
          upstream.play({ status, headers: { ...JSON_HEADERS, 'retry-after': '7' }, sends });
          const { details } = expectCode(await readAll(provider, streamed), code);
          expectSame('status', details.providerStatus, status);
          expectSame('provider code', details.providerCode, `code_${status}`);
          if (status === 429) expectSame('wait', details.retryAfterMs, 7000);
        }
      }
    },
  },
  'error-html': {
    name: 'E2: HTML is an error, whatever its status',
    check: async (provider, upstream) => {
      const page = { headers: { 'content-type': 'text/html' }, sends: ['<html><body>Bad gateway</body></html>'] };
      upstream.play({ ...page, status: 502 });
      expectCode(await readAll(provider, true), 'provider_unavailable');
      upstream.play(page);
      expectCode(await readAll(provider, true), 'malformed_response');
      expectCode(await readAll(provider, false), 'malformed_response');
    },
  },
  'error-no-connection': {
    name: 'a connection that dies without an answer is provider_unavailable',
    script: { silent: true, then: 'break' },
    check: async (provider) => {
      expectCode(await readAll(provider, true), 'provider_unavailable');
    },
  },
  'key-unseen': {
    name: 'X1: the key shows neither in errors nor in the provider',
    check: async (provider, upstream) => {
      upstream.play((request) => {
        const key = request.headers['authorization'] ?? request.headers['api-key'] ?? '';
        return { status: 401, headers: JSON_HEADERS, sends: [JSON.stringify({ error: { message: `no: ${key}` } })] };
      });
      const error = expectCode(await readAll(provider, true), 'provider_denied');
      const { headers } = await upstream.nextRequest();
      const key = (headers['authorization'] ?? headers['api-key'] ?? '').replace(/^Bearer /, '');
      if (key === '') return;
      const shown = [
        inspect(error, { depth: 9 }),
        JSON.stringify(error),
        inspect(provider, { depth: 9, showHidden: true }),
      ];
      if (shown.some((text) => text.includes(key))) throw new Error('Expected no key in sight; it was there.');
    },
  },
  'no-unhandled-rejections': {
    name: 'C6: cancelling at any moment leaves no unhandled rejection',
    check: async (provider, upstream) => {
      const unhandled: unknown[] = [];
      const note = (cause: unknown): void => void unhandled.push(cause);
      process.on('unhandledRejection', note);
      try {
        for (const moment of Array(8).keys()) await cancelAt(moment, provider, upstream);
        await settled();
      } finally {
        process.off('unhandledRejection', note);
      }
      if (unhandled.length > 0) throw new Error(`Expected no unhandled rejection; came ${inspect(unhandled[0])}.`);
    },
  },
};
