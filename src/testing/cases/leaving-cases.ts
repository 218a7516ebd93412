import { inspect } from 'node:util';

import { NexusError } from '../../errors.ts';
import { framed } from '../framing.ts';
import { apart, type CaseRun, contextOf, JSON_HEADERS, settled } from './case-run.ts';
import { expectLettingGo } from './letting-go.ts';
import { expectCode, expectSame } from './reading.ts';
import { ANSWER, HALF } from './samples.ts';
import type { UpstreamCases } from './upstream-case.ts';

const NEVER = new Promise(() => {});

/** What a provider has to do when its answer is not wanted any more. */
export const leavingCases: UpstreamCases = {
  'abort-already': {
    lesson: 'C3',
    name: 'a request that is cancelled before it is sent is not sent',
    check: async (run) => {
      run.playWhole(ANSWER);
      const signal = AbortSignal.abort(new NexusError('cancelled', 'The caller left.'));
      for (const streamed of [true, false]) expectCode(await run.read(streamed, { signal }), 'cancelled');
      expectSame('requests', run.requests.length, 0);
    },
  },
  'abort-before-head': {
    lesson: 'C3',
    name: 'a stream cancelled before there is an answer closes its connection',
    check: async (run) => {
      run.play({ holdHead: NEVER });
      await expectLettingGo(run, (changes) => run.read(true, changes));
    },
  },
  'abort-later': {
    lesson: 'C1',
    name: 'a stream cancelled in the middle closes its connection',
    check: async (run) => {
      run.playEvents(run.dialect.events(HALF), 'hang');
      await expectLettingGo(run, (changes) => run.read(true, changes));
    },
  },
  'abort-whole': {
    lesson: 'C2',
    name: 'a whole answer that is cancelled closes its connection',
    check: async (run) => {
      const text = JSON.stringify(run.dialect.whole(ANSWER));
      run.play({ headers: JSON_HEADERS, sends: [text.slice(0, text.length / 2)], then: 'hang' });
      await expectLettingGo(run, (changes) => run.read(false, changes));
    },
  },
  stall: {
    lesson: 'T3',
    name: 'a stream that stalls makes no heartbeats, and ends with the reason it is given up for',
    check: async (run) => {
      run.playEvents(run.dialect.events(HALF), 'hang');
      await expectLettingGo(run, (changes) => run.read(true, changes), 'stream_idle');
    },
  },
  return: {
    lesson: 'C1',
    name: 'a reader that stops closes the connection, without waiting for a read under way',
    check: async (run) => {
      run.playEvents(run.dialect.events(HALF), 'hang');
      const stream = await run.openStream(contextOf());
      await run.within(stream.next(), 'the first chunks');
      const pending = stream.next().catch(() => {});
      await run.within(Promise.resolve(stream.return?.()), 'the end of return()');
      await run.within(pending, 'the end of the read under way');
      await run.expectLeft();
    },
  },
  'unhandled-rejections': {
    lesson: 'C6',
    name: 'cancelling at any moment leaves no unhandled rejection',
    check: async (run) => {
      const unhandled: unknown[] = [];
      const note = (cause: unknown): void => void unhandled.push(cause);
      process.on('unhandledRejection', note);
      try {
        for (const moment of Array(8).keys()) await cancelAt(moment, run);
        await settled();
      } finally {
        process.off('unhandledRejection', note);
      }
      if (unhandled.length > 0) throw new Error(`Expected no unhandled rejection; came ${inspect(unhandled[0])}.`);
    },
  },
};

/** Cancels after so many turns of the loop, while a stream arrives slowly. */
async function cancelAt(turns: number, run: CaseRun): Promise<void> {
  run.play({ sends: apart(run.dialect.events(HALF).map((event) => framed([event]))), then: 'hang' });
  const controller = new AbortController();
  const pending = run.openStream(contextOf({ signal: controller.signal })).then((stream) => stream.next());
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new NexusError('cancelled', 'The caller left.'));
  await pending.catch(() => {}); // Both may be: chunks that came in time, or the cancelling.
}
