import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Collector } from '../../src/openai/collect.ts';
import { ToolCallTracker } from '../../src/openai/tool-calls.ts';
import type { ToolCall, ToolCallDelta } from '../../src/openai/types.ts';

/** A call as the answer without a stream has it; `id` undefined: the server gave none. */
interface Expected {
  id?: string;
  name: string;
  arguments: string;
}

interface Sequence {
  name: string;
  /** The `tool_calls` of each delta, one after the other. */
  deltas: unknown[][];
  calls: Expected[];
}

const PARIS = { id: 'call_a', name: 'weather', arguments: '{"city":"Paris"}' };
const ROME = { id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' };
const CLOCK = { id: 'call_c', name: 'clock', arguments: '{"zone":"UTC"}' };

/** Function payloads in short. */
const named = (name: string, text = ''): { function: object } => ({ function: { name, arguments: text } });
const more = (text: string): { function: object } => ({ function: { arguments: text } });
const whole = ({ name, arguments: text }: Expected): { function: object } => named(name, text);

const SEQUENCES: Sequence[] = [
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

function noId({ name, arguments: text }: Expected): Expected {
  return { name, arguments: text };
}

/** What a client makes of the deltas. */
function collected(deltas: ToolCallDelta[][]): ToolCall[] {
  const collector = new Collector();
  for (const toolCalls of deltas) {
    const choices = [{ index: 0, delta: { tool_calls: toolCalls }, finish_reason: null }];
    collector.add({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices });
  }
  return collector.completion().choices[0]?.message.tool_calls ?? [];
}

function tracked(deltas: unknown[][]): ToolCallDelta[][] {
  const tracker = new ToolCallTracker();
  return deltas.map((toolCalls) => tracker.track(toolCalls));
}

/** Normal form: dense indexes in order, id, type and name at the first delta of a call and nowhere else. */
function expectNormalForm(deltas: ToolCallDelta[]): void {
  const seen = new Set<number>();
  for (const { index, id, type, function: called } of deltas) {
    if (seen.has(index)) {
      expect(id).toBeUndefined();
    } else {
      expect(index).toBe(seen.size);
      expect(id).toMatch(/./);
      expect(type).toBe('function');
    }
    expect(called).toBeDefined();
    expect(called?.name ?? 'absent').not.toBeNull();
    seen.add(index);
  }
}

describe('ToolCallTracker', () => {
  for (const { name, deltas, calls } of SEQUENCES) {
    it(`S7: ${name}`, () => {
      const before = structuredClone(deltas);
      const normal = tracked(deltas);
      const result = collected(normal);
      expect(deltas).toEqual(before);
      expectNormalForm(normal.flat());
      for (const { function: called } of result as { function: { arguments: string } }[]) {
        expect(() => void JSON.parse(called.arguments)).not.toThrow();
      }
      expect(result).toEqual(
        calls.map(({ id, name: called, arguments: text }) => ({
          id: id ?? expect.stringMatching(/^call_[0-9a-f]{32}$/),
          type: 'function',
          function: { name: called, arguments: text },
        })),
      );
      expect(new Set(result.map((call) => call.id)).size).toBe(calls.length);
    });
  }

  it('S7: what is in normal form already passes as the same arrays', () => {
    const deltas = SEQUENCES[0]?.deltas ?? [];
    const normal = tracked(deltas);
    normal.forEach((result, place) => {
      expect(result).toBe(deltas[place]);
    });
  });

  it('S7: its own output passes unchanged', () => {
    for (const { name, deltas } of SEQUENCES) {
      const normal = tracked(deltas).filter((result) => result.length > 0);
      tracked(normal).forEach((result, place) => {
        expect(result, name).toBe(normal[place]);
      });
    }
  });

  it('only the deltas that are wrong are made anew', () => {
    const tracker = new ToolCallTracker();
    const opening = { index: 0, id: 'call_a', type: 'function', ...named('weather') };
    const [first, second] = tracker.track([opening, { index: 0, id: '', ...more('{}') }]);
    expect(first).toBe(opening);
    expect(second).toEqual({ index: 0, ...more('{}') });
  });

  it('leaves out what adds nothing', () => {
    const tracker = new ToolCallTracker();
    tracker.track([{ index: 0, id: 'call_a', type: 'function', ...named('weather') }]);
    expect(tracker.track([{ index: 0, id: '', function: { name: '', arguments: '' } }])).toEqual([]);
    expect(tracker.track([{ index: 0, id: 'call_a' }])).toEqual([]);
  });

  it('keeps unknown members, of the call and of its function', () => {
    const google = { extra_content: { google: { thought_signature: 'CiYB' } } };
    const [[opening]] = tracked([
      [{ ...google, id: 'call_a', function: { name: 'weather', arguments: '{}', strict: true } }],
    ]) as [[ToolCallDelta]];
    expect(opening).toEqual({
      ...google,
      index: 0,
      id: 'call_a',
      type: 'function',
      function: { name: 'weather', arguments: '{}', strict: true },
    });
    const tracker = new ToolCallTracker();
    tracker.track([{ index: 0, id: 'call_a', ...named('weather') }]);
    expect(tracker.track([{ id: '', index: 0, ...google }])).toEqual([
      { ...google, index: 0, function: { arguments: '' } },
    ]);
  });

  it('keeps custom tools', () => {
    const opening = { index: 0, id: 'call_a', type: 'custom', custom: { name: 'sql', input: 'select ' } };
    const deltas = [
      [opening],
      [{ index: 0, custom: { input: '1' } }],
      [{ index: 0, id: '', custom: { name: '', input: ';' } }],
    ];
    const normal = tracked(deltas);
    expect(normal[0]).toBe(deltas[0]);
    expect(normal[1]).toBe(deltas[1]);
    expect(normal[2]).toEqual([{ index: 0, custom: { input: ';' } }]);
    expect(collected(normal)).toEqual([{ id: 'call_a', type: 'custom', custom: { name: 'sql', input: 'select 1;' } }]);
  });

  it('counts the calls', () => {
    const tracker = new ToolCallTracker();
    expect(tracker.count).toBe(0);
    tracker.track([
      { index: 0, id: 'call_a', ...whole(PARIS) },
      { index: 0, id: 'call_b', ...whole(ROME) },
    ]);
    expect(tracker.count).toBe(2);
  });
});

describe('any server that misbehaves in one way', () => {
  const call = fc.record({
    name: fc.constantFrom('weather', 'clock', 'run'),
    input: fc.dictionary(fc.string(), fc.json()),
  });
  const cuts = fc.array(fc.nat(20), { minLength: 1, maxLength: 8 });

  /** How a server writes one fragment of one of its calls. */
  const STYLES: Record<
    string,
    (fragment: { call: number; id: string; name: string; text: string; first: boolean }) => object
  > = {
    'as OpenAI does': ({ call: index, id, name, text, first }) =>
      first ? { index, id, type: 'function', ...named(name, text) } : { index, ...more(text) },
    'without an index': ({ id, name, text, first }) => (first ? { id, ...named(name, text) } : more(text)),
    'always at index 0': ({ id, name, text, first }) =>
      first ? { index: 0, id, ...named(name, text) } : { index: 0, id: '', ...named('', text) },
    'repeating id and name': ({ call: index, id, name, text }) => ({
      index,
      id,
      type: 'function',
      ...named(name, text),
    }),
    'by id only': ({ id, name, text, first }) => (first ? { id, ...named(name, text) } : { id, ...more(text) }),
    'without ids': ({ call: index, name, text, first }) =>
      first ? { index, ...named(name, text) } : { index, ...more(text) },
  };

  for (const [style, write] of Object.entries(STYLES)) {
    it(`S7: ${style}: the calls are what the server meant`, () => {
      fc.assert(
        fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), cuts, (calls, sizes) => {
          const deltas = calls.flatMap(({ name, input }, place) =>
            fragmentsOf(JSON.stringify(input), sizes).map((text, part) => [
              write({ call: place, id: `call_${place}`, name, text, first: part === 0 }),
            ]),
          );
          const normal = tracked(deltas);
          expectNormalForm(normal.flat());
          expect(collected(normal).map((result) => ('function' in result ? result.function : undefined))).toEqual(
            calls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })),
          );
        }),
      );
    });
  }

  /** The first fragment is empty, as OpenAI's is. */
  function fragmentsOf(text: string, sizes: number[]): string[] {
    const fragments = [''];
    for (let at = 0, part = 0; at < text.length; part++) {
      const size = 1 + (sizes[part % sizes.length] ?? 0);
      fragments.push(text.slice(at, at + size));
      at += size;
    }
    return fragments;
  }
});
