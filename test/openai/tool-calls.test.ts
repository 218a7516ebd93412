import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Collector } from '../../src/openai/collect.ts';
import { ToolCallTracker } from '../../src/openai/tool-calls.ts';
import type { ToolCall, ToolCallDelta } from '../../src/openai/types.ts';
import { more, named, PARIS, ROME, SEQUENCES, whole } from './tool-call-sequences.ts';

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

  it('gives a custom tool its type', () => {
    const [[opening]] = tracked([[{ id: 'call_a', custom: { name: 'sql', input: '' } }]]) as [[ToolCallDelta]];
    expect(opening).toEqual({ index: 0, id: 'call_a', type: 'custom', custom: { name: 'sql', input: '' } });
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
