import { NexusError } from '../../errors.ts';
import { cut } from '../answer-script.ts';
import { CODE_OF_CAUSE, type FailureCause } from '../dialect.ts';
import { apart, JSON_HEADERS, settled } from './case-run.ts';
import { FORWARD_SAMPLES, type ForwardSample } from './forward-samples.ts';
import { streamCasesOf } from './forward-stream-cases.ts';
import { expectLettingGo } from './letting-go.ts';
import { expectBytes, expectRefusal, expectUsage, pass, passedRequest } from './passing.ts';
import { expectSame } from './reading.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of each operation that it passes on. */
export const forwardCases: UpstreamCases = Object.fromEntries(
  FORWARD_SAMPLES.flatMap((sample) =>
    Object.entries({ ...wholeCasesOf(sample), ...(sample.events ? streamCasesOf(sample, sample.events) : {}) }).map(
      ([id, one]): [string, UpstreamCase] => {
        const { operation } = sample;
        const name = `${operation}: ${one.name}`;
        return [`${operation}-${id}`, { ...one, name, verb: operation, needs: 'chat completions' }];
      },
    ),
  ),
);

function wholeCasesOf(sample: ForwardSample): UpstreamCases {
  const { whole, hasUsage, responseId, isBinary = false } = sample;
  const [contentType, body] = whole;
  const headers = { 'content-type': contentType };
  return {
    whole: {
      name: 'request and answer go through byte by byte, with their media types, and usage is seen',
      check: async (run) => {
        const { body: asked, contentType: sentAs } = passedRequest(sample, false);
        for (const sends of [[body], apart(cut(body, 4096, 1, 7))]) {
          run.play({ headers, sends });
          const passing = await pass(run, sample, false);
          expectBytes(passing, body);
          expectSame('media type', passing.contentType, contentType);
          const request = await run.nextRequest();
          const sent = asked instanceof Uint8Array ? asked : sample.body(false);
          if (Buffer.compare(request.body, Buffer.from(sent)) !== 0)
            throw new Error(`Expected the request as it came; sent was "${Buffer.from(request.body).toString()}".`);
          expectSame('media type that was sent', request.headers['content-type'], sentAs);
          if (!isBinary && hasUsage) expectUsage(passing);
          expectSame('id of the response', passing.facts.responseId, responseId);
        }
      },
    },
    refused: {
      lesson: 'E1',
      name: 'a refusal is the error it is for chat, with its wait and its words',
      check: async (run) => {
        for (const cause of Object.keys(CODE_OF_CAUSE).filter(isCause)) {
          const failure = run.dialect.failure(cause, `words about ${cause}`);
          run.playFailure(failure, cause === 'rate' ? { 'retry-after': '7' } : {});
          const { details } = expectRefusal(await pass(run, sample, false), CODE_OF_CAUSE[cause]);
          expectSame('provider code', details.providerCode, failure.code);
          expectSame('words', details.providerMessage, `words about ${cause}`);
          if (cause === 'rate') expectSame('retryAfterMs', details.retryAfterMs, 7000);
        }
        run.playFailure({ ...run.dialect.failure('rate', 'slow down'), status: 200 });
        expectRefusal(await pass(run, sample, false), 'provider_rate_limited');
      },
    },
    unreadable: {
      lesson: 'E2',
      name: 'HTML is no answer, whatever its status, and neither is half a JSON',
      check: async (run) => {
        const html = { 'content-type': 'text/html' };
        const page = ['<html><body>Bad gateway</body></html>'];
        run.play({ headers: html, sends: page });
        expectRefusal(await pass(run, sample, false), 'malformed_response');
        run.play({ status: 502, headers: html, sends: page });
        expectRefusal(await pass(run, sample, false), 'provider_unavailable');
        run.play({ headers: JSON_HEADERS, sends: ['{"half":'] });
        expectRefusal(await pass(run, sample, false), 'malformed_response');
      },
    },
    broken: {
      lesson: 'S4',
      name: 'an answer that breaks off is an error, and so is none',
      check: async (run) => {
        for (const then of ['break', 'end'] as const) {
          run.play({ headers, sends: [body.slice(0, body.length / 2), settled], then });
          expectRefusal(await pass(run, sample, false), 'stream_interrupted');
        }
        run.play({ silent: true, then: 'break' });
        expectRefusal(await pass(run, sample, false), 'provider_unavailable');
      },
    },
    left: {
      lesson: 'C2',
      name: 'a request that is not wanted any more lets go of its connection, before and during the answer',
      check: async (run) => {
        run.play({ holdHead: new Promise(() => {}) });
        await expectLettingGo(run, (changes) => pass(run, sample, false, changes));
        run.play({ headers, sends: [body.slice(0, body.length / 2)], then: 'hang' });
        await expectLettingGo(run, (changes) => pass(run, sample, false, changes));
        const count = run.requests.length;
        const signal = AbortSignal.abort(new NexusError('cancelled', 'The caller left.'));
        expectRefusal(await pass(run, sample, false, { signal }), 'cancelled');
        expectSame('requests after it was cancelled', run.requests.length, count);
      },
    },
  };
}

function isCause(text: string): text is FailureCause {
  return text in CODE_OF_CAUSE;
}
