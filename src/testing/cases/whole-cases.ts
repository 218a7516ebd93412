import { cut } from '../answer-script.ts';
import { JSON_HEADERS, questionOf } from './case-run.ts';
import { expectAnswer, expectCode, expectSame } from './reading.ts';
import { ANSWER, CUT_OFF, REASONED, WITHOUT_USAGE } from './samples.ts';
import type { UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of answers that are not streamed. */
export const wholeCases: UpstreamCases = {
  'whole-ok': {
    name: 'a whole answer arrives in normal form',
    check: async (run) => {
      for (const answer of [ANSWER, CUT_OFF]) {
        run.playWhole(answer);
        expectAnswer(await run.read(false), answer, run.dialect);
      }
    },
  },
  'whole-byte-by-byte': {
    lesson: 'S1',
    name: 'a whole answer that comes byte by byte is the same',
    check: async (run) => {
      run.play({ headers: JSON_HEADERS, sends: cut(JSON.stringify(run.dialect.whole(ANSWER)), 1) });
      expectAnswer(await run.read(false), ANSWER, run.dialect);
    },
  },
  'whole-blank-lines': {
    name: 'blank lines and a byte order mark before a whole answer do not matter',
    check: async (run) => {
      const text = JSON.stringify(run.dialect.whole(ANSWER));
      for (const before of [['\n', '\n\r\n'], ['\uFEFF']]) {
        run.play({ headers: JSON_HEADERS, sends: [...before, text] });
        expectAnswer(await run.read(false), ANSWER, run.dialect);
      }
    },
  },
  'whole-compressed': {
    name: 'a whole answer that comes compressed is read',
    check: async (run) => {
      const { gzipSync } = await import('node:zlib');
      const headers = { ...JSON_HEADERS, 'content-encoding': 'gzip' };
      run.play({ headers, sends: [gzipSync(JSON.stringify(run.dialect.whole(ANSWER)))] });
      expectAnswer(await run.read(false), ANSWER, run.dialect);
    },
  },
  'whole-reasoning': {
    needs: 'reasoning',
    name: 'reasoning stands apart from the text in a whole answer',
    check: async (run) => {
      run.playWhole(REASONED);
      expectAnswer(await run.read(false), REASONED, run.dialect);
    },
  },
  'whole-no-usage': {
    lesson: 'S11',
    needs: 'no usage',
    name: 'a whole answer without token numbers has none',
    check: async (run) => {
      run.playWhole(WITHOUT_USAGE);
      expectAnswer(await run.read(false), WITHOUT_USAGE, run.dialect);
    },
  },
  'whole-for-stream': {
    name: 'a whole answer to a request for a stream is taken',
    check: async (run) => {
      run.playWhole(ANSWER);
      expectAnswer(await run.read(true), ANSWER, run.dialect);
    },
  },
  'stream-for-whole': {
    name: 'a stream in answer to a request for a whole answer is taken',
    check: async (run) => {
      run.playEvents(run.dialect.events(ANSWER));
      expectAnswer(await run.read(false), ANSWER, run.dialect);
    },
  },
  'whole-error-200': {
    lesson: 'E1',
    name: 'an error with status 200 is an error',
    check: async (run) => {
      const failure = run.dialect.failure('rate', 'slow down');
      run.playFailure({ ...failure, status: 200 });
      const { details } = expectCode(await run.read(false), 'provider_rate_limited');
      expectSame('provider code', details.providerCode, failure.code);
    },
  },
  'whole-unreadable': {
    lesson: 'E2',
    name: 'HTML, plain text, half a JSON and nothing at all are malformed_response',
    check: async (run) => {
      for (const text of ['<html><body>Sign in</body></html>', 'Bad gateway', '{"choices":[', '', '[]', 'null']) {
        for (const type of ['application/json', 'text/html']) {
          run.play({ headers: { 'content-type': type }, sends: [text] });
          expectCode(await run.read(false), 'malformed_response');
        }
      }
    },
  },
  'request-untouched': {
    name: 'the request is not changed: other attempts use it too',
    check: async (run) => {
      for (const streamed of [true, false]) {
        run.playWhole(ANSWER);
        const request = questionOf(streamed);
        await run.read(streamed, {}, request);
        expectSame('request', request, questionOf(streamed));
      }
    },
  },
};
