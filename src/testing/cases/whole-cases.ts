import { expectCode, expectSame, readAll } from './case-tools.ts';
import { COMPLETION, expectAbortLeaves, expectText, JSON_HEADERS, STREAM, TEXT, TOTAL_TOKENS } from './case-answers.ts';
import type { UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of answers that are not streamed. */
export const wholeCases: UpstreamCases = {
  'whole-ok': {
    name: 'a whole answer arrives in normal form',
    script: { headers: JSON_HEADERS, sends: [COMPLETION] },
    check: async (provider) => {
      const { completion, error } = await readAll(provider, false);
      if (error) throw error;
      expectSame('content', completion?.choices[0]?.message.content, TEXT);
      expectSame('finish reason', completion?.choices[0]?.finish_reason, 'stop');
      expectSame('total tokens', completion?.usage?.total_tokens, TOTAL_TOKENS);
    },
  },
  'whole-blank-lines': {
    name: 'blank lines before a whole answer do not matter',
    script: { headers: JSON_HEADERS, sends: ['\n', '\n\r\n', COMPLETION] },
    check: async (provider) => {
      expectText(await readAll(provider, false), TEXT);
    },
  },
  'whole-cut': {
    name: 'S4: a whole answer that breaks off is an error',
    script: { headers: JSON_HEADERS, sends: [COMPLETION.slice(0, 100)], then: 'break' },
    check: async (provider) => {
      expectCode(await readAll(provider, false), 'stream_interrupted');
    },
  },
  'whole-abort': {
    name: 'C2: a whole answer that is cancelled closes its connection',
    script: { headers: JSON_HEADERS, sends: [COMPLETION.slice(0, 100)], then: 'hang' },
    check: (provider, upstream) => expectAbortLeaves(provider, upstream, false),
  },
  'whole-for-stream': {
    name: 'a whole answer to a request for a stream is taken',
    script: { headers: JSON_HEADERS, sends: [COMPLETION] },
    check: async (provider) => {
      expectText(await readAll(provider, true), TEXT);
    },
  },
  'stream-for-whole': {
    name: 'a stream in answer to a request for a whole answer is taken',
    script: { sends: [STREAM] },
    check: async (provider) => {
      expectText(await readAll(provider, false), TEXT);
    },
  },
};
