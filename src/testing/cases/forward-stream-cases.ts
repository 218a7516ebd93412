import type { NexusErrorCode } from '../../errors.ts';
import type { ProviderContext } from '../../ports/index.ts';
import { cut } from '../answer-script.ts';
import type { FailureCause, UpstreamEvent } from '../dialect.ts';
import { framed, FRAMINGS } from '../framing.ts';
import { apart, type CaseRun, settled } from './case-run.ts';
import { type EventSample, eventsOf, type ForwardSample } from './forward-samples.ts';
import { expectLettingGo } from './letting-go.ts';
import { cutAnywhere, expectOfAll } from './many-answers.ts';
import { eventsIn, expectEvents, expectRefusal, expectUsage, pass, type Passing } from './passing.ts';
import { expectSame } from './reading.ts';
import type { UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of this operation where its answer is a stream of events. */
export function streamCasesOf(sample: ForwardSample, events: EventSample): UpstreamCases {
  const { hasUsage, responseId } = sample;
  const { beginnings, content, hasEndMark } = events;
  const all = eventsOf(events);
  const begun = [...beginnings, ...content];
  const ask =
    (run: CaseRun) =>
    (changes: Partial<ProviderContext> = {}): Promise<Passing> =>
      pass(run, sample, true, changes);
  return {
    stream: {
      lesson: 'S1',
      name: 'events go through with their data untouched, at whatever byte they are cut, and usage is seen',
      check: async (run) => {
        const bytes = new TextEncoder().encode(framed(all));
        const answers = [...cutAnywhere(bytes, settled), apart(cut(bytes, 1)), apart(cut(bytes, 3, 1, 250))];
        await expectOfAll(run, answers, ask(run), (passing) => {
          expectEvents(passing, all);
          if (hasUsage) expectUsage(passing);
          expectSame('id of the response', passing.facts.responseId, responseId);
        });
      },
    },
    'stream-framing': {
      lesson: 'S2',
      name: 'events are read in every framing',
      check: async (run) => {
        const texts = Object.entries(FRAMINGS).flatMap(([id, [, frame]]) => (id === 'multi-line' ? [] : [frame(all)]));
        const answers = texts.flatMap((text) => [[text], apart(cut(text, 1))]);
        await expectOfAll(run, answers, ask(run), (passing) => {
          expectEvents(passing, all);
        });
      },
    },
    'stream-cut': {
      lesson: 'S4',
      name: 'a stream that ends before its end, behind any event and in any way, is never a complete one',
      check: async (run) => {
        for (const then of ['finish', 'end', 'break'] as const)
          for (let count = 0; count <= begun.length; count++) {
            run.play({
              sends: [framed(begun.slice(0, count)), ...(count < begun.length ? [] : ['data: {"to', settled])],
              then,
            });
            const passing = await pass(run, sample, true);
            expectRefusal(passing, 'stream_interrupted', 'empty_stream', ...(then === 'finish' ? [] : NO_HEAD));
            if (count === begun.length) expectSame('events that were delivered', eventsIn(passing.bytes).length, count);
          }
      },
    },
    'stream-end': {
      name: 'a complete stream is complete with and without an end mark',
      check: async (run) => {
        const bare = [...begun, ...events.end];
        for (const sent of [bare, [...bare, DONE]]) {
          run.playEvents(sent);
          expectEvents(await pass(run, sample, true), hasEndMark ? [...bare, DONE] : bare);
        }
      },
    },
    'stream-error-first': {
      lesson: 'S5',
      name: 'an error before any content is thrown, in whatever form, and nothing is handed out before it',
      check: async (run) => {
        const failure = run.dialect.failure('rate', 'slow down');
        for (const error of errorsOf(run, 'rate', events)) {
          for (const before of new Set([0, beginnings.length])) {
            run.playEvents([...beginnings.slice(0, before), error]);
            const passing = await pass(run, sample, true);
            const { details } = expectRefusal(passing, 'provider_rate_limited');
            expectSame('provider code', details.providerCode, failure.code);
            expectSame('bytes handed out', passing.bytes.length, 0);
          }
        }
        run.playFailure({ ...failure, status: 200 });
        expectRefusal(await pass(run, sample, true), 'provider_rate_limited');
      },
    },
    'stream-error-later': {
      lesson: 'S5',
      name: 'an error behind content is thrown and not handed out, and what came before it was delivered',
      check: async (run) => {
        for (const error of errorsOf(run, 'server', events))
          for (const after of [[], [DONE]]) {
            run.playEvents([...begun, error, ...after]);
            const passing = await pass(run, sample, true);
            expectRefusal(passing, 'provider_unavailable');
            expectEvents({ ...passing, error: undefined }, begun);
          }
      },
    },
    'stream-unreadable': {
      lesson: 'E2',
      name: 'HTML in answer to a request for a stream, and events that are no JSON, are malformed_response',
      check: async (run) => {
        const page = ['<html><body>Bad gateway</body></html>'];
        for (const type of ['text/html', 'text/event-stream']) {
          run.play({ headers: { 'content-type': type }, sends: page });
          expectRefusal(await pass(run, sample, true), 'malformed_response');
        }
        run.playEvents([...begun, { data: '{"type":' }]);
        expectRefusal(await pass(run, sample, true), 'malformed_response');
      },
    },
    'stream-left': {
      lesson: 'C1',
      name: 'a stream that is cancelled, or stalls, makes no heartbeats, ends with the reason and lets go',
      check: async (run) => {
        for (const code of ['cancelled', 'stream_idle'] as const) {
          run.playEvents(begun, 'hang');
          await expectLettingGo(run, ask(run), code);
        }
      },
    },
  };
}

const DONE: UpstreamEvent = { data: '[DONE]' };

/** A connection that goes before anything has come may as well have given no answer. */
const NO_HEAD: readonly NexusErrorCode[] = ['provider_unavailable'];

/** The ways an event can say that the answer failed. */
function errorsOf(run: CaseRun, cause: FailureCause, { failed }: EventSample): readonly UpstreamEvent[] {
  const failure = run.dialect.failure(cause, 'it failed');
  const plain = run.failureEvent(failure);
  const own = failed && failure.code !== undefined ? [failed(failure.code, 'it failed')] : [];
  return [plain, { ...plain, event: 'error' }, ...own];
}
