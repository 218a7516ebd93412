import { cut, gate } from '../answer-script.ts';
import { contextOf, expectCode, expectSame, openStream, readAll, within } from './case-tools.ts';
import {
  callerLeft,
  expectAbortLeaves,
  expectText,
  expectWholeAnswer,
  HALF_STREAM,
  HALF_TEXT,
  settled,
  STREAM,
} from './case-answers.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

const NEVER = new Promise(() => {});

/** What a provider has to make of streams. */
export const streamCases: UpstreamCases = {
  'stream-whole': {
    name: 'a clean stream arrives in normal form, usage last',
    script: { sends: [STREAM] },
    check: async (provider) => {
      expectWholeAnswer(await readAll(provider, true));
    },
  },
  'stream-cuts': {
    name: 'S1: no cut of the bytes changes the text',
    check: async (provider, upstream) => {
      const bytes = new TextEncoder().encode(STREAM);
      for (const [at, byte] of bytes.entries()) {
        const isInsideCharacter = byte >= 0x80;
        if (!isInsideCharacter && byte !== 0x0a) continue;
        upstream.play({ sends: [bytes.subarray(0, at), settled, bytes.subarray(at)] });
        expectWholeAnswer(await readAll(provider, true));
      }
      upstream.play({ sends: cut(bytes, 1) });
      expectWholeAnswer(await readAll(provider, true));
    },
  },
  'stream-framing': {
    name: 'S2: CRLF, CR, comments, missing blanks and a byte order mark are read alike',
    check: async (provider, upstream) => {
      const framings = [
        STREAM.replaceAll('\n', '\r\n'),
        STREAM.replaceAll('\n', '\r'),
        STREAM.replaceAll('data: ', 'data:'),
        `\uFEFF: comment\n\n${STREAM.replaceAll('data: ', ': keep-alive\nid: 1\nevent: message\ndata: ')}`,
        STREAM.trimEnd(),
      ];
      for (const framing of framings) {
        upstream.play({ sends: [framing] });
        expectWholeAnswer(await readAll(provider, true));
      }
    },
  },
  'stream-no-done': {
    name: 'a stream whose choices have all finished is complete without [DONE]',
    script: { sends: [STREAM.replace('data: [DONE]\n\n', '')] },
    check: async (provider) => {
      expectWholeAnswer(await readAll(provider, true));
    },
  },
  'stream-after-done': {
    name: 'nothing after [DONE] is read',
    script: { sends: [`${STREAM}data: {"error":{"message":"too late"}}\n\n`] },
    check: async (provider) => {
      expectWholeAnswer(await readAll(provider, true));
    },
  },
  ...interruptions(),
  'stream-empty': {
    name: 'S6: a stream without events is empty_stream',
    script: { sends: [] },
    check: async (provider) => {
      expectCode(await readAll(provider, true), 'empty_stream');
    },
  },
  'stream-error-first': {
    name: 'S5: an error as the first event is thrown, with its code',
    script: { sends: ['data: {"error":{"message":"slow down","code":"rate_limit_exceeded"}}\n\n', 'data: [DONE]\n\n'] },
    check: async (provider) => {
      const error = expectCode(await readAll(provider, true), 'provider_rate_limited');
      expectSame('provider code', error.details.providerCode, 'rate_limit_exceeded');
    },
  },
  'stream-error-later': {
    name: 'S5: an error after some text is thrown, and the text was delivered',
    script: {
      sends: [...HALF_STREAM, 'data: {"error":{"message":"broken","type":"server_error"}}\n\n', 'data: [DONE]\n\n'],
    },
    check: async (provider) => {
      const reading = await readAll(provider, true);
      expectCode(reading, 'provider_unavailable');
      expectText(reading, HALF_TEXT);
    },
  },
  'stream-not-json': {
    name: 'an event that is not JSON is malformed_response',
    script: { sends: [...HALF_STREAM, 'data: {"choices":[{\n\n'] },
    check: async (provider) => {
      expectCode(await readAll(provider, true), 'malformed_response');
    },
  },
  'stream-frame-too-large': {
    name: 'S3: an event without end is frame_too_large, and the connection is closed',
    script: {
      sends: ['data: {"choices":[{"delta":{"content":"', ...Array<string>(20).fill('x'.repeat(1 << 20))],
      then: 'hang',
    },
    check: async (provider, upstream) => {
      expectCode(await readAll(provider, true), 'frame_too_large');
      await callerLeft(upstream);
    },
  },
  'stream-heartbeat': {
    name: 'T5: bytes that are no event yet count as a sign of life',
    check: async (provider, upstream) => {
      let beats = 0;
      let beat = gate();
      const heartbeat = (): void => {
        beats++;
        beat.open();
      };
      const [first, second] = [gate(), gate()];
      upstream.play({ sends: [': wait\n', first, ': wait\n\n', second, STREAM] });
      const reading = readAll(provider, true, contextOf({ heartbeat }));
      await within(beat.opened, 'a heartbeat at the first bytes');
      beat = gate();
      first.open();
      await within(beat.opened, 'a heartbeat at more bytes');
      if (beats < 2) throw new Error(`Expected two heartbeats; came ${beats}.`);
      second.open();
      expectWholeAnswer(await reading);
    },
  },
  'stream-abort-before-head': {
    name: 'C3: a stream cancelled before there is an answer closes its connection',
    script: { holdHead: NEVER },
    check: (provider, upstream) => expectAbortLeaves(provider, upstream, true),
  },
  'stream-abort-later': {
    name: 'C1: a stream cancelled in the middle closes its connection',
    script: { sends: HALF_STREAM, then: 'hang' },
    check: (provider, upstream) => expectAbortLeaves(provider, upstream, true),
  },
  'stream-return': {
    name: 'C1: a reader that stops closes the connection, without waiting for a read under way',
    script: { sends: HALF_STREAM, then: 'hang' },
    check: async (provider, upstream) => {
      const stream = await openStream(provider, contextOf());
      await within(stream.next(), 'the first chunks');
      const pending = stream.next().catch(() => {});
      await within(Promise.resolve(stream.return?.()), 'the end of return()');
      await within(pending, 'the end of the read under way');
      await callerLeft(upstream);
    },
  },
};

/** The ways a stream can end too early. */
function interruptions(): Record<string, UpstreamCase> {
  const ways = { finish: 'ends politely', end: 'is closed without its terminator', break: 'is reset' } as const;
  const ids = ['finish', 'end', 'break'] as const;
  return Object.fromEntries(
    ids.map((then): [string, UpstreamCase] => [
      `stream-cut-${then}`,
      {
        name: `S4: a stream that ${ways[then]} in the middle is stream_interrupted, and its text was delivered`,
        script: { sends: [...HALF_STREAM, 'data: {"id":"chatcmpl-1","choi', settled], then },
        check: async (provider) => {
          const reading = await readAll(provider, true);
          expectCode(reading, 'stream_interrupted');
          expectText(reading, HALF_TEXT);
        },
      },
    ]),
  );
}
