/** A call as the answer without a stream has it; `id` undefined: the server gave none. */
export interface ExpectedCall {
  id?: string;
  name: string;
  arguments: string;
}

export interface Sequence {
  name: string;
  /** The `tool_calls` of each delta, one after the other. */
  deltas: unknown[][];
  calls: ExpectedCall[];
}

export const PARIS = { id: 'call_a', name: 'weather', arguments: '{"city":"Paris"}' };
export const ROME = { id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' };
export const CLOCK = { id: 'call_c', name: 'clock', arguments: '{"zone":"UTC"}' };

/** Function payloads in short. */
export const named = (name: string, text = ''): { function: object } => ({ function: { name, arguments: text } });
export const more = (text: string): { function: object } => ({ function: { arguments: text } });
export const whole = ({ name, arguments: text }: ExpectedCall): { function: object } => named(name, text);

/** Streams of tool calls as servers send them, and what the same answer holds without a stream. */
export const SEQUENCES: Sequence[] = [
  {
    name: 'OpenAI: fragments by index, interleaved',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 1, id: 'call_b', type: 'function', ...named('weather') }],
      [{ index: 0, ...more('{"city":') }],
      [{ index: 1, ...more('{"city":"Ro') }],
      [
        { index: 0, ...more('"Paris"}') },
        { index: 1, ...more('me"}') },
      ],
    ],
    calls: [PARIS, ROME],
  },
  {
    name: 'Ollama: whole calls, index always 0',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...whole(PARIS) }],
      [{ index: 0, id: 'call_b', type: 'function', ...whole(ROME) }],
    ],
    calls: [PARIS, ROME],
  },
  {
    name: 'fragments, index always 0, ids tell the calls apart',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 0, ...more('{"city":"Paris"}') }],
      [{ index: 0, id: 'call_b', type: 'function', ...named('weather') }],
      [{ index: 0, ...more('{"city":') }],
      [{ index: 0, ...more('"Rome"}') }],
    ],
    calls: [PARIS, ROME],
  },
  {
    name: 'Mistral: whole calls in one delta, no index, no type',
    deltas: [
      [
        { id: 'call_a', ...whole(PARIS) },
        { id: 'call_c', ...whole(CLOCK) },
      ],
    ],
    calls: [PARIS, CLOCK],
  },
  {
    name: 'index absent on fragments',
    deltas: [
      [{ id: 'call_a', type: 'function', ...named('weather', '{"city"') }],
      [more(':"Paris"}')],
      [{ id: 'call_c', type: 'function', ...named('clock') }],
      [more('{"zone":')],
      [more('"UTC"}')],
    ],
    calls: [PARIS, CLOCK],
  },
  {
    name: 'Qwen: continuation with an empty id and name',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 0, id: '', type: 'function', ...named('', '{"city":') }],
      [{ index: 0, id: '', type: 'function', ...named('', '"Paris"}') }],
    ],
    calls: [PARIS],
  },
  {
    name: 'vLLM: continuation with null for id, type and name',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: null } }],
      [{ index: 0, id: null, type: null, function: { name: null, arguments: '{"city":' } }],
      [{ index: 0, id: null, type: null, function: { name: null, arguments: '"Paris"}' } }],
    ],
    calls: [PARIS],
  },
  {
    name: 'id and name on every fragment',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather', '{"city":') }],
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather', '"Pa') }],
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather', 'ris"}') }],
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather', '') }],
    ],
    calls: [PARIS],
  },
  {
    name: 'index that drifts, id on every fragment',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 1, id: 'call_a', ...more('{"city":') }],
      [{ index: 2, id: 'call_a', ...more('"Paris"}') }],
      [{ index: 3, id: 'call_c', ...named('clock', '{"zone"') }],
      [{ index: 4, id: 'call_c', ...more(':"UTC"}') }],
    ],
    calls: [PARIS, CLOCK],
  },
  {
    name: 'index that drifts, no id on the fragments',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 1, ...more('{"city":') }],
      [{ index: 2, ...more('"Paris"}') }],
      [{ index: 1, id: 'call_c', ...named('clock', '{"zone"') }],
      [{ index: 2, ...more(':"UTC"}') }],
    ],
    calls: [PARIS, CLOCK],
  },
  {
    name: 'indexes that begin at 1 and have gaps',
    deltas: [
      [{ index: 1, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 1, ...more('{"city":"Paris"}') }],
      [{ index: 5, id: 'call_c', type: 'function', ...named('clock') }],
      [{ index: 5, ...more('{"zone":"UTC"}') }],
    ],
    calls: [PARIS, CLOCK],
  },
  {
    name: 'no ids at all, index always 0, whole calls',
    deltas: [[{ index: 0, ...whole(PARIS) }], [{ index: 0, ...whole(ROME) }], [{ index: 0, ...whole(CLOCK) }]],
    calls: [noId(PARIS), noId(ROME), noId(CLOCK)],
  },
  {
    name: 'no ids, no indexes, fragments, names tell the calls apart',
    deltas: [
      [named('weather')],
      [more('{"city":')],
      [more('"Paris"}')],
      [named('clock', '{"zone"')],
      [named('clock', ':"UTC"}')],
    ],
    calls: [noId(PARIS), noId(CLOCK)],
  },
  {
    name: 'the id comes after the name',
    deltas: [
      [{ index: 0, ...named('weather') }],
      [{ index: 0, id: 'call_late', ...more('{"city":') }],
      [{ index: 0, id: 'call_late', ...more('"Paris"}') }],
    ],
    calls: [noId(PARIS)],
  },
  {
    name: 'a new id on every fragment',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 0, id: 'call_x', ...more('{"city":') }],
      [{ index: 0, id: 'call_y', ...more('"Paris"}') }],
      [{ index: 0, id: 'call_c', type: 'function', ...named('clock') }],
      [{ index: 0, id: 'call_z', ...more('{"zone":"UTC"}') }],
    ],
    calls: [PARIS, CLOCK],
  },
  {
    name: 'the name comes after the id',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', function: { arguments: '' } }],
      [{ index: 0, ...named('weather') }],
      [{ index: 0, ...more('{"city":"Paris"}') }],
    ],
    calls: [PARIS],
  },
  {
    name: 'the name of the second call comes after its id, at the same index',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...whole(PARIS) }],
      [{ index: 0, id: 'call_c', type: 'function', function: { arguments: '' } }],
      [{ index: 0, ...named('clock') }],
      [{ index: 0, ...more('{"zone":"UTC"}') }],
    ],
    calls: [PARIS, CLOCK],
  },
  {
    name: 'an id that comes late, then nothing but ids',
    deltas: [
      [{ index: 0, ...named('weather') }],
      [{ index: 0, id: 'call_late', ...more('{"city":') }],
      [{ index: 1, id: 'call_c', ...named('clock', '{"zone":') }],
      [{ id: 'call_late', ...more('"Paris"}') }],
      [{ id: 'call_c', ...more('"UTC"}') }],
    ],
    calls: [noId(PARIS), CLOCK],
  },
  {
    name: 'two calls of one id, in fragments',
    deltas: [
      [{ index: 0, id: 'call_a', ...whole(PARIS) }],
      [{ index: 1, id: 'call_a', ...named('clock') }],
      [{ id: 'call_a', ...more('{"zone":') }],
      [{ id: 'call_a', ...more('"UTC"}') }],
    ],
    calls: [PARIS, noId(CLOCK)],
  },
  {
    name: 'a whole call is sent again at the end',
    deltas: [
      [{ index: 0, id: 'call_a', type: 'function', ...named('weather') }],
      [{ index: 0, ...more('{"city":"Paris"}') }],
      [{ index: 0, id: 'call_a', type: 'function', ...whole(PARIS) }],
    ],
    calls: [PARIS],
  },
  {
    name: 'two calls of one id',
    deltas: [
      [{ index: 0, id: 'call_a', ...whole(PARIS) }],
      [{ index: 1, id: 'call_a', ...whole(ROME) }],
      [{ index: 2, id: 'call_a', ...whole(CLOCK) }],
    ],
    calls: [PARIS, noId(ROME), noId(CLOCK)],
  },
  {
    name: 'arguments as an object, entries that are none',
    deltas: [
      [
        null,
        { index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: { city: 'Paris' } } },
        'x',
      ],
    ],
    calls: [PARIS],
  },
  {
    name: 'brackets and quotes in the arguments',
    deltas: [
      [{ index: 0, ...named('run', '{"code":"if (a[\\"}\\"]) {') }],
      [{ index: 0, ...named('run', ' }\\\\"}') }],
      [{ index: 0, ...named('run', '{"code":"}"}') }],
    ],
    calls: [
      { name: 'run', arguments: '{"code":"if (a[\\"}\\"]) { }\\\\"}' },
      { name: 'run', arguments: '{"code":"}"}' },
    ],
  },
];

function noId({ name, arguments: text }: ExpectedCall): ExpectedCall {
  return { name, arguments: text };
}
