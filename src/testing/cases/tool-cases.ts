import { deltaEvent, DONE } from '../chat-completions.ts';
import type { UpstreamAnswer } from '../dialect.ts';
import { expectAnswer } from './reading.ts';
import { ONE_CALL, TWO_CALLS } from './samples.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

/** What a provider has to make of calls of tools. */
export const toolCases: UpstreamCases = {
  'tools-stream': {
    needs: 'tool calls',
    name: 'a call of a tool arrives whole, and finishes with tool_calls',
    check: async (run) => {
      run.playEvents(run.dialect.events(ONE_CALL));
      expectAnswer(await run.read(true), ONE_CALL, run.dialect);
    },
  },
  'tools-whole': {
    lesson: 'K2',
    needs: 'tool calls',
    name: 'a call of a tool in a whole answer is the same as in a stream',
    check: async (run) => {
      run.playWhole(ONE_CALL);
      expectAnswer(await run.read(false), ONE_CALL, run.dialect);
    },
  },
  'tools-parallel': {
    lesson: 'S7',
    needs: 'parallel tool calls',
    name: 'two calls stay two, whole and as a stream',
    check: async (run) => {
      run.playEvents(run.dialect.events(TWO_CALLS));
      expectAnswer(await run.read(true), TWO_CALLS, run.dialect);
      run.playWhole(TWO_CALLS);
      expectAnswer(await run.read(false), TWO_CALLS, run.dialect);
    },
  },
  ...sequences(),
};

/** The two calls of the sample, as servers that cannot count send them (sources: FIELD-LESSONS S7). */
function sequences(): UpstreamCases {
  const [a, b] = [
    { id: 'call_a1', type: 'function' },
    { id: 'call_b2', type: 'function' },
  ];
  const weather = { name: 'weather', arguments: '{"city":"杭州"}' };
  const clock = { name: 'clock', arguments: '{"zone":"UTC"}' };
  const table: Readonly<Record<string, readonly [name: string, deltas: readonly (readonly object[])[]]>> = {
    'index-zero': [
      'whole calls that all have the index 0',
      [[{ ...a, index: 0, function: weather }], [{ ...b, index: 0, function: clock }]],
    ],
    'no-index': [
      'whole calls without an index, in one event',
      [
        [
          { ...a, function: weather },
          { ...b, function: clock },
        ],
      ],
    ],
    'fragments-without-index': [
      'fragments without index and id, which continue the last call',
      [
        [{ ...a, function: { name: 'weather', arguments: '{"city":' } }],
        [{ function: { arguments: '"杭州"}' } }],
        [{ ...b, function: { name: 'clock', arguments: '' } }],
        [{ function: { arguments: '{"zone":"UTC"}' } }],
      ],
    ],
    'empty-ids': [
      'fragments with an empty id and an empty name',
      [
        [{ ...a, index: 0, function: { name: 'weather', arguments: '' } }],
        [{ index: 0, id: '', type: 'function', function: { name: '', arguments: '{"city":"杭州"}' } }],
        [{ ...b, index: 1, function: { name: 'clock', arguments: '' } }],
        [{ index: 1, id: '', type: 'function', function: { name: '', arguments: '{"zone":"UTC"}' } }],
      ],
    ],
    'index-drifts': [
      'fragments whose index drifts, with the id on each',
      [
        [{ ...a, index: 0, function: { name: 'weather', arguments: '{"city":' } }],
        [{ ...a, index: 1, function: { arguments: '"杭州"}' } }],
        [{ ...b, index: 2, function: clock }],
      ],
    ],
    'index-gaps': [
      'indexes that do not begin at 0',
      [[{ ...a, index: 3, function: weather }], [{ ...b, index: 7, function: clock }]],
    ],
  };
  const { usage: _usage, ...answer }: UpstreamAnswer = TWO_CALLS;
  const cases = Object.entries(table).map(([id, [name, deltas]]): [string, UpstreamCase] => [
    `tools-${id}`,
    {
      lesson: 'S7',
      needs: 'chat completions',
      name,
      check: async (run) => {
        const events = deltas.map((calls) => deltaEvent({ tool_calls: calls }));
        run.playEvents([deltaEvent({ role: 'assistant' }), ...events, deltaEvent({}, 'tool_calls'), DONE]);
        expectAnswer(await run.read(true), answer, run.dialect);
      },
    },
  ]);
  return Object.fromEntries(cases);
}
