import type { ScriptEnd } from '../answer-script.ts';
import { framed } from '../framing.ts';
import { JSON_HEADERS, settled } from './case-run.ts';
import { expectCode, expectSame, expectText } from './reading.ts';
import { ANSWER, HALF, HALF_TEXT } from './samples.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of answers that break off, fail in the middle or are none. */
export const interruptionCases: UpstreamCases = {
  ...cuts(),
  'stream-cut-anywhere': {
    lesson: 'S4',
    name: 'a stream that ends behind any event before its finish is never a complete one',
    check: async (run) => {
      const events = run.dialect.events(HALF);
      for (let count = 1; count <= events.length; count++) {
        run.playEvents(events.slice(0, count));
        expectCode(await run.read(true), 'stream_interrupted', 'empty_stream');
      }
    },
  },
  'stream-empty': {
    lesson: 'S6',
    name: 'a stream without events is empty_stream',
    check: async (run) => {
      run.play({ sends: [] });
      expectCode(await run.read(true), 'empty_stream');
    },
  },
  'stream-only-comments': {
    lesson: 'S6',
    name: 'a stream of comments alone is empty_stream',
    check: async (run) => {
      run.play({ sends: [': keep-alive\n\n', ': keep-alive\n\n'] });
      expectCode(await run.read(true), 'empty_stream');
    },
  },
  'stream-error-first': {
    lesson: 'S5',
    name: 'an error as the first event is thrown, with its code',
    check: async (run) => {
      const failure = run.dialect.failure('rate', 'slow down');
      run.playEvents([run.failureEvent(failure)]);
      const { details } = expectCode(await run.read(true), 'provider_rate_limited');
      expectSame('provider code', details.providerCode, failure.code);
    },
  },
  'stream-error-later': {
    lesson: 'S5',
    name: 'an error after some text is thrown, and the text was delivered',
    check: async (run) => {
      const failure = run.dialect.failure('server', 'it broke');
      run.playEvents([...run.dialect.events(HALF), run.failureEvent(failure)]);
      const reading = await run.read(true);
      const { details } = expectCode(reading, 'provider_unavailable');
      expectSame('provider code', details.providerCode, failure.code);
      expectText(reading, HALF_TEXT);
    },
  },
  'stream-error-before-end-mark': {
    lesson: 'S5',
    needs: 'an end mark',
    name: 'an error stays one when the end mark comes behind it',
    check: async (run) => {
      const broken = run.failureEvent(run.dialect.failure('server', 'it broke'));
      run.playEvents([...run.dialect.events(HALF), broken, ...run.dialect.events(ANSWER).slice(-1)]);
      expectCode(await run.read(true), 'provider_unavailable');
    },
  },
  'stream-error-named': {
    lesson: 'S5',
    name: 'an event with the name error is one',
    check: async (run) => {
      const { body } = run.dialect.failure('overloaded', 'busy');
      run.playEvents([...run.dialect.events(HALF), { event: 'error', data: JSON.stringify(body) }]);
      expectCode(await run.read(true), 'provider_overloaded');
    },
  },
  'stream-error-bare': {
    lesson: 'S5',
    name: 'an error as a JSON line without a field name is one',
    check: async (run) => {
      const { body } = run.dialect.failure('server', 'it broke');
      run.play({ sends: [framed(run.dialect.events(HALF)), `${JSON.stringify(body)}\n`] });
      expectCode(await run.read(true), 'provider_unavailable');
    },
  },
  'stream-error-json': {
    lesson: 'E1',
    name: 'an error as the JSON answer to a request for a stream, with status 200, is one',
    check: async (run) => {
      const failure = run.dialect.failure('rate', 'slow down');
      run.playFailure({ ...failure, status: 200 });
      const { details } = expectCode(await run.read(true), 'provider_rate_limited');
      expectSame('provider code', details.providerCode, failure.code);
    },
  },
  'stream-not-json': {
    name: 'an event that is not JSON is malformed_response',
    check: async (run) => {
      run.playEvents([...run.dialect.events(HALF), { data: '{"choices":[{' }]);
      expectCode(await run.read(true), 'malformed_response');
    },
  },
  'stream-html': {
    lesson: 'E2',
    name: 'HTML in answer to a request for a stream is malformed_response, whatever its content type',
    check: async (run) => {
      for (const type of ['text/html', 'text/event-stream']) {
        run.play({ headers: { 'content-type': type }, sends: ['<html><body>Bad gateway</body></html>'] });
        expectCode(await run.read(true), 'malformed_response');
      }
    },
  },
  'whole-cut': {
    lesson: 'S4',
    name: 'a whole answer that breaks off is an error',
    check: async (run) => {
      const text = JSON.stringify(run.dialect.whole(ANSWER));
      run.play({ headers: JSON_HEADERS, sends: [text.slice(0, text.length / 2), settled], then: 'break' });
      expectCode(await run.read(false), 'stream_interrupted');
    },
  },
  'no-connection': {
    name: 'a connection that dies without an answer is provider_unavailable',
    check: async (run) => {
      run.play({ silent: true, then: 'break' });
      expectCode(await run.read(true), 'provider_unavailable');
    },
  },
};

/** The ways a stream can end too early. */
function cuts(): UpstreamCases {
  const ways: readonly (readonly [ScriptEnd, string])[] = [
    ['finish', 'ends politely'],
    ['end', 'is closed without its terminator'],
    ['break', 'is reset'],
  ];
  const cases = ways.map(([then, what]): [string, UpstreamCase] => [
    `stream-cut-${then}`,
    {
      lesson: 'S4',
      name: `a stream that ${what} in the middle is stream_interrupted, and its text was delivered`,
      check: async (run) => {
        const [next = { data: '' }] = run.dialect.events(ANSWER).slice(run.dialect.events(HALF).length);
        const torn = framed([next]).slice(0, -10);
        run.play({ sends: [framed(run.dialect.events(HALF)), torn, settled], then });
        const reading = await run.read(true);
        expectCode(reading, 'stream_interrupted');
        expectText(reading, HALF_TEXT);
      },
    },
  ]);
  return Object.fromEntries(cases);
}
