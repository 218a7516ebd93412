import { chunkEvent, deltaEvent, DONE } from '../chat-completions.ts';
import type { UpstreamEvent } from '../dialect.ts';
import { expectAnswer, expectCode, type Reading } from './reading.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

const USAGE = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
const SAID = { text: ['你好'], finish: 'stop', usage: { prompt: 5, completion: 7 } } as const;
const { usage: _usage, ...UNMEASURED } = SAID;

const ROLE = deltaEvent({ role: 'assistant', content: '' });
const HELLO = deltaEvent({ content: '你好' });
const STOP = deltaEvent({}, 'stop');

/** What a provider of OpenAI's family has to make of the habits of its servers (sources: providers.md sections 2 and 7). */
export const oddityCases: UpstreamCases = {
  'usage-on-finish': odd('S8', 'usage on the finish chunk', [
    ROLE,
    HELLO,
    deltaEvent({}, 'stop', { usage: USAGE }),
    DONE,
  ]),
  'usage-without-choices': odd('S8', 'usage on a chunk whose choices are null or missing', [
    ROLE,
    HELLO,
    STOP,
    chunkEvent(null, { usage: USAGE }),
    DONE,
  ]),
  'usage-before-finish': odd('S8', 'usage before the finish', [
    ROLE,
    HELLO,
    chunkEvent([], { usage: USAGE }),
    STOP,
    DONE,
  ]),
  'usage-running': odd('S10', 'running totals on every chunk, which are not to be added', [
    deltaEvent({ role: 'assistant' }, null, { usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 } }),
    deltaEvent({ content: '你好' }, null, { usage: { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 } }),
    deltaEvent({}, 'stop', { usage: USAGE }),
    chunkEvent([], { usage: USAGE }),
    DONE,
  ]),
  'null-members': odd(
    undefined,
    'members that are null: error, usage, delta',
    [ROLE, HELLO, deltaEvent(null), deltaEvent({}, 'stop', { error: null, usage: null }), DONE],
    UNMEASURED,
  ),
  'role-repeated': odd(
    'S12',
    'the role on every chunk, and two finishes',
    [ROLE, deltaEvent({ role: 'assistant', content: '你好' }), STOP, STOP, DONE],
    UNMEASURED,
  ),
  'role-missing': odd(undefined, 'no role at all', [HELLO, STOP, DONE], UNMEASURED),
  'ids-that-change': odd(
    undefined,
    'an id and a time that change, or come late',
    [
      deltaEvent({ role: 'assistant' }, null, { id: '', created: 0 }),
      deltaEvent({ content: '你好' }, null, { created: 5 }),
      deltaEvent({}, 'stop', { id: 'chatcmpl-2' }),
      DONE,
    ],
    UNMEASURED,
  ),
  'finish-missing': odd(undefined, 'an end mark without a finish', [ROLE, HELLO, DONE], UNMEASURED),
  'finish-empty': odd(
    undefined,
    'an empty finish reason, which is none',
    [deltaEvent({ role: 'assistant', content: '' }, ''), deltaEvent({ content: '你好' }, ''), STOP, DONE],
    UNMEASURED,
  ),
  'finish-absent': odd(
    undefined,
    'no member for the finish until there is one',
    [chunkEvent([{ index: 0, delta: { role: 'assistant', content: '你好' } }]), STOP, DONE],
    UNMEASURED,
  ),
  'finish-unknown': odd(
    undefined,
    'a finish reason nobody knows, which is stop',
    [ROLE, HELLO, deltaEvent({}, 'eos'), DONE],
    UNMEASURED,
  ),
  'reasoning-named-reasoning': odd(
    undefined,
    'reasoning under the name reasoning',
    [ROLE, deltaEvent({ reasoning: '想' }), HELLO, STOP, DONE],
    { ...UNMEASURED, reasoning: ['想'] },
  ),
  'role-only': {
    lesson: 'S4',
    needs: 'chat completions',
    name: 'a role and nothing else is no answer',
    check: async (run) => {
      run.playEvents([ROLE]);
      expectCode(await run.read(true), 'stream_interrupted', 'empty_stream');
    },
  },
  'error-shapes': {
    needs: 'chat completions',
    name: 'errors as flat objects, texts, lists and details are read',
    check: async (run) => {
      const shapes = [
        { object: 'error', message: 'the words', type: 'x', code: 400 },
        { error: 'the words' },
        { code: 'Client specified an invalid argument', error: 'the words' },
        [{ error: { code: 400, message: 'the words', status: 'INVALID_ARGUMENT' } }],
        { detail: 'the words' },
        { detail: [{ loc: ['body', 'n'], msg: 'the words', type: 'x' }] },
      ];
      for (const shape of shapes) {
        run.playFailure({ status: 400, body: shape });
        expectWords(await run.read(true));
        run.playFailure({ status: 400, body: shape }, { 'content-type': 'application/octet-stream' });
        expectWords(await run.read(false));
      }
    },
  },
};

function expectWords(reading: Reading): void {
  const { details } = expectCode(reading, 'provider_rejected');
  if (!details.providerMessage?.includes('the words'))
    throw new Error(`Expected the provider's words in details.providerMessage; came ${details.providerMessage}.`);
}

function odd(
  lesson: string | undefined,
  name: string,
  events: readonly UpstreamEvent[],
  answer: Parameters<typeof expectAnswer>[1] = SAID,
): UpstreamCase {
  return {
    ...(lesson === undefined ? {} : { lesson }),
    needs: 'chat completions',
    name,
    check: async (run) => {
      run.playEvents(events);
      expectAnswer(await run.read(true), answer, run.dialect);
    },
  };
}
