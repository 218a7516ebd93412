import { cut, gate } from '../answer-script.ts';
import { framed, FRAMINGS } from '../framing.ts';
import { apart, settled } from './case-run.ts';
import { cutAnywhere, expectOfAll } from './many-answers.ts';
import { expectAnswer, expectCode } from './reading.ts';
import { ANSWER, CUT_OFF, REASONED, SHORT, WITHOUT_USAGE } from './samples.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of streams that are well. */
export const streamCases: UpstreamCases = {
  'stream-whole': {
    name: 'a clean stream arrives in normal form, usage last',
    check: async (run) => {
      run.playEvents(run.dialect.events(ANSWER));
      expectAnswer(await run.read(true), ANSWER, run.dialect);
    },
  },
  'stream-cuts': {
    lesson: 'S1',
    name: 'a cut of the stream, at whatever byte, changes nothing',
    check: async (run) => {
      const bytes = new TextEncoder().encode(framed(run.dialect.events(SHORT)));
      await expectOfAll(
        run,
        cutAnywhere(bytes, settled),
        () => run.read(true),
        (reading) => {
          expectAnswer(reading, SHORT, run.dialect);
        },
      );
    },
  },
  'stream-byte-by-byte': {
    lesson: 'S1',
    name: 'a stream that comes byte by byte, or in odd pieces, is the same',
    check: async (run) => {
      const text = framed(run.dialect.events(SHORT));
      const pieces = [cut(text, 1), cut(text, 7), cut(text, 3, 1, 250)];
      await expectOfAll(
        run,
        pieces.map(apart),
        () => run.read(true),
        (reading) => {
          expectAnswer(reading, SHORT, run.dialect);
        },
      );
    },
  },
  ...framings(),
  'stream-large-event': {
    lesson: 'S3',
    name: 'an event of 5 MB is read',
    check: async (run) => {
      const long = { ...ANSWER, text: ['x'.repeat(5_000_000)] };
      run.playEvents(run.dialect.events(long));
      expectAnswer(await run.read(true), long, run.dialect);
    },
  },
  'stream-frame-too-large': {
    lesson: 'S3',
    name: 'an event without end is frame_too_large, and the connection is closed',
    check: async (run) => {
      const flood = Array<string>(20).fill('x'.repeat(1 << 20));
      run.play({ sends: ['data: {"choices":[{"delta":{"content":"', ...flood], then: 'hang' });
      expectCode(await run.read(true), 'frame_too_large');
      await run.expectLeft();
    },
  },
  'stream-compressed': {
    name: 'a stream that comes compressed is read',
    check: async (run) => {
      const { gzipSync } = await import('node:zlib');
      const headers = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' };
      run.play({ headers, sends: apart(cut(gzipSync(framed(run.dialect.events(ANSWER))), 11)) });
      expectAnswer(await run.read(true), ANSWER, run.dialect);
    },
  },
  'stream-no-end-mark': {
    needs: 'an end mark',
    name: 'a stream that said how it finished is complete without its end mark',
    check: async (run) => {
      run.playEvents(run.dialect.events(ANSWER).slice(0, -1));
      expectAnswer(await run.read(true), ANSWER, run.dialect);
    },
  },
  'stream-after-end-mark': {
    needs: 'an end mark',
    name: 'nothing behind the end mark is read',
    check: async (run) => {
      const late = run.failureEvent(run.dialect.failure('server', 'too late'));
      run.playEvents([...run.dialect.events(ANSWER), late]);
      expectAnswer(await run.read(true), ANSWER, run.dialect);
    },
  },
  'stream-finish-length': {
    name: 'an answer that was cut off by its limit finishes with length',
    check: async (run) => {
      run.playEvents(run.dialect.events(CUT_OFF));
      expectAnswer(await run.read(true), CUT_OFF, run.dialect);
    },
  },
  'stream-reasoning': {
    needs: 'reasoning',
    name: 'reasoning comes apart from the text',
    check: async (run) => {
      run.playEvents(run.dialect.events(REASONED));
      expectAnswer(await run.read(true), REASONED, run.dialect);
    },
  },
  'stream-no-usage': {
    lesson: 'S11',
    needs: 'no usage',
    name: 'where the server says nothing about tokens, no numbers are made up',
    check: async (run) => {
      run.playEvents(run.dialect.events(WITHOUT_USAGE));
      expectAnswer(await run.read(true), WITHOUT_USAGE, run.dialect);
    },
  },
  'stream-heartbeat': {
    lesson: 'T5',
    name: 'bytes that are no event yet count as a sign of life',
    check: async (run) => {
      let beats = 0;
      let beat = gate();
      const heartbeat = (): void => {
        beats++;
        beat.open();
      };
      const [first, second] = [gate(), gate()];
      run.play({ sends: [': wait\n', first, ': wait\n\n', second, framed(run.dialect.events(ANSWER))] });
      const reading = run.read(true, { heartbeat });
      reading.catch(() => {}); // Looked at below, unless the beats fail.
      await run.within(beat.opened, 'a heartbeat at the first bytes');
      beat = gate();
      first.open();
      await run.within(beat.opened, 'a heartbeat at more bytes');
      if (beats < 2) throw new Error(`Expected two heartbeats; came ${beats}.`);
      second.open();
      expectAnswer(await reading, ANSWER, run.dialect);
    },
  },
  'stream-parallel': {
    lesson: 'R7',
    name: 'two streams at once do not mix',
    check: async (run) => {
      const other = { ...ANSWER, text: ['second', '二'] };
      const events = [ANSWER, other].map((answer) => run.dialect.events(answer).map((event) => framed([event])));
      run.play((_request, count) => ({ sends: apart(events[count % 2] ?? []) }));
      const first = run.read(true);
      first.catch(() => {}); // Looked at below, unless the request fails.
      await run.nextRequest();
      const readings = await Promise.all([first, run.read(true)]);
      for (const [place, reading] of readings.entries())
        expectAnswer(reading, place === 0 ? ANSWER : other, run.dialect);
    },
  },
};

function framings(): UpstreamCases {
  const cases = Object.entries(FRAMINGS).map(([id, [what, frame]]): [string, UpstreamCase] => [
    `framing-${id}`,
    {
      lesson: 'S2',
      name: `${what}: read alike, whole and byte by byte`,
      check: async (run) => {
        const text = frame(run.dialect.events(SHORT));
        await expectOfAll(
          run,
          [[text], apart(cut(text, 1))],
          () => run.read(true),
          (reading) => {
            expectAnswer(reading, SHORT, run.dialect);
          },
        );
      },
    },
  ]);
  return Object.fromEntries(cases);
}
