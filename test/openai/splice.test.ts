import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeMembers, jsonBytesOf } from '../../src/openai/splice.ts';
import { withWireText, wireTextOf } from '../../src/openai/wire-text.ts';
import { printExact } from '../../src/provider-kit/exact-json.ts';
import { oddObject } from './odd-json.ts';

interface Body {
  model?: unknown;
  stream?: unknown;
  stream_options?: unknown;
  messages?: unknown;
}

/** A value as it is after parsing: it carries the bytes (or the text) it came as. */
function parsed(text: string, as: 'bytes' | 'text' = 'bytes'): Body {
  return withWireText(JSON.parse(text) as Body, as === 'bytes' ? Buffer.from(text) : text);
}

function textOf(value: object): string {
  return Buffer.from(jsonBytesOf(value)).toString();
}

describe('changeMembers', () => {
  it.each([
    ['changes', '{"model":"a","n":1}', { model: 'b' }, '{"model":"b","n":1}'],
    [
      'changes in the middle, leaving white space alone',
      '{ "x" : [ 1 ] , "model" : "a" , "n":1.0 }',
      { model: 'b' },
      '{ "x" : [ 1 ] , "model":"b" , "n":1.0 }',
    ],
    [
      'adds',
      '{"model":"a"}',
      { stream_options: { include_usage: true } },
      '{"model":"a","stream_options":{"include_usage":true}}',
    ],
    ['adds behind white space', '{"model":"a" }\n', { stream: true }, '{"model":"a" ,"stream":true}\n'],
    [
      'adds and changes',
      '{"stream_options":{"x":{"y":1}},"model":"a","n":1}',
      { model: 'b', stream: true, stream_options: { z: '"}' } },
      '{"stream_options":{"z":"\\"}"},"model":"b","n":1,"stream":true}',
    ],
    ['changes a name that is also a text', '{"n":"model","model":"a"}', { model: 'b' }, '{"n":"model","model":"b"}'],
    [
      'adds what stands in a nested object',
      '{"n":{"stream":false},"model":"a"}',
      { stream: true },
      '{"n":{"stream":false},"model":"a","stream":true}',
    ],
    [
      'changes what stands with escapes, beside a text that is its name',
      '{"n":"model","mo\\u0064el":"a"}',
      { model: 'b' },
      '{"n":"model","model":"b"}',
    ],
    ['adds to nothing', ' { } ', { model: 'b' }, '{"model":"b"}'],
    ['removes the first', '{"model":"a","n":1}', { model: undefined }, '{"n":1}'],
    ['removes the last', '{"n":1,"model":"a"}', { model: undefined }, '{"n":1}'],
    ['removes the only one', '{"model":"a"}', { model: undefined }, '{}'],
    [
      'does several at once',
      '{"model":"a","stream":true,"n":1}',
      { model: 'b', stream: undefined, stream_options: null },
      '{"model":"b","n":1,"stream_options":null}',
    ],
    [
      'leaves nested members of the name alone',
      '{"messages":[{"model":"a"}],"model":"a"}',
      { model: 'b' },
      '{"messages":[{"model":"a"}],"model":"b"}',
    ],
    [
      'leaves text that looks like a member alone',
      '{"messages":"\\",\\"model\\":\\"x","model":"a"}',
      { model: 'b' },
      '{"messages":"\\",\\"model\\":\\"x","model":"b"}',
    ],
  ])('%s', (_name, text, changes: Partial<Body>, expected) => {
    for (const as of ['bytes', 'text'] as const) {
      const value = parsed(text, as);
      const changed = changeMembers(value, changes);
      expect(textOf(changed)).toBe(expected);
      expect(changed).toEqual(JSON.parse(expected));
      expect(value).toEqual(JSON.parse(text));
      expect(Buffer.from(wireTextOf(value) ?? '').toString()).toBe(text);
    }
  });

  it.each([
    ['that comes twice', '{"model":"allowed","n":1,"model":"last"}', '{"model":"last","n":1}'],
    ['under an escaped name', '{"\\u006dodel":"last","n":1}', '{"model":"last","n":1}'],
    ['that comes twice, once escaped', '{"mo\\u0064el":"allowed","n":1,"model":"last"}', '{"model":"last","n":1}'],
  ])('writes a member %s once and plainly, also when it stays as it is', (_name, text, expected) => {
    const value = parsed(text);
    expect(value.model).toBe('last');
    const changed = changeMembers(value, { model: 'last' });
    expect(textOf(changed)).toBe(expected);
    expect(textOf(changeMembers(value, { model: 'b' }))).toBe(expected.replace('last', 'b'));
    expect(textOf(changeMembers(value, { model: undefined }))).toBe('{"n":1}');
  });

  it('is the same value when nothing changes', () => {
    const value = parsed('{"model":"a","stream":true,"messages":[]}');
    expect(changeMembers(value, { model: 'a', stream: true, stream_options: undefined })).toBe(value);
    expect(changeMembers(value, { messages: value.messages })).toBe(value);
    expect(changeMembers(value, {})).toBe(value);
    const plain = { model: 'a' };
    expect(changeMembers(plain, { model: 'a' })).toBe(plain);
  });

  it('writes a member once that was taken off the value, but stands in its text', () => {
    const value = parsed('{"model":"a","stream":true,"n":1}');
    delete value.stream;
    expect(textOf(changeMembers(value, { stream: false }))).toBe('{"model":"a","stream":false,"n":1}');
  });

  it('copies a value that carries no text', () => {
    const value: Body = { model: 'a', stream: true };
    const changed = changeMembers(value, { model: 'b', stream: undefined });
    expect(changed).toStrictEqual({ model: 'b' });
    expect(wireTextOf(changed)).toBeUndefined();
    expect(value).toStrictEqual({ model: 'a', stream: true });
  });

  it('prints anew when the text it carries holds no object', () => {
    const changed = changeMembers(withWireText<Body>({ model: 'a' }, '[1]'), { model: 'b' });
    expect(wireTextOf(changed)).toBeUndefined();
    expect(textOf(changed)).toBe('{"model":"b"}');
  });

  it('sets no prototype', () => {
    const value = parsed('{"__proto__":{"model":"evil"},"n":1}');
    const changed = changeMembers(value, { stream: true });
    expect(textOf(changed)).toBe('{"__proto__":{"model":"evil"},"n":1,"stream":true}');
    expect(changed.model).toBeUndefined();
    expect(Object.getPrototypeOf(changed)).toBe(Object.prototype);
  });

  const names = ['model', 'stream', 'stream_options', 'messages'];
  const change = fc.oneof(
    fc.constant(undefined),
    fc.constantFrom('gpt-4o', '"', true, null, 0),
    fc.record({ include_usage: fc.boolean() }),
  );
  const changes = fc.record({ model: change, stream: change, stream_options: change }, { requiredKeys: [] });

  it('whatever the text looks like, it means { ...value, ...changes } afterwards', () => {
    fc.assert(
      fc.property(oddObject(names), changes, fc.boolean(), (text, wanted, asBytes) => {
        const value = parsed(text, asBytes ? 'bytes' : 'text');
        const expected: Record<string, unknown> = { ...value, ...wanted };
        for (const name of Object.keys(expected)) if (expected[name] === undefined) delete expected[name];
        const changed = changeMembers(value, wanted);
        expect(wireTextOf(changed)).toBeDefined();
        expect(JSON.parse(textOf(changed))).toEqual(expected);
        expect(changed).toEqual(expected);
        expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it('every changed name stands in the text once at most', () => {
    fc.assert(
      fc.property(oddObject(['model']), (text) => {
        const once = textOf(changeMembers(parsed(text), { model: 'only-here' }));
        expect(once.split('"model":"only-here"').length).toBe(2);
      }),
      { numRuns: 500 },
    );
  });

  it('finds its way through long strings with quotes near and far', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom('"', '\\', '\\"', '\\\\"', '你'),
            fc.nat(100).map((length) => 'x'.repeat(length)),
          ),
        ),
        (parts) => {
          const content = parts.join('');
          const text = JSON.stringify({ messages: [{ role: 'user', content }, content], model: 'a', n: 1 });
          const changed = changeMembers(parsed(text), { model: 'b' });
          expect(wireTextOf(changed)).toBeDefined();
          expect(textOf(changed)).toBe(text.replace(/"model":"a","n":1\}$/, '"model":"b","n":1}'));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('jsonBytesOf', () => {
  it('is the text that came, or print', () => {
    const text = '{ "a":1.0 }';
    expect(jsonBytesOf(withWireText({ a: 1 }, text))).toBe(text);
    const bytes = Buffer.from(text);
    expect(jsonBytesOf(withWireText({ a: 1 }, bytes))).toBe(bytes);
    expect(jsonBytesOf({ a: 1 })).toBe('{"a":1}');
  });
});

describe('what JSON cannot say', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const throwing = {
    toJSON(): never {
      throw new Error('not now');
    },
  };

  it.each([
    ['a BigInt', { a: 1n }],
    ['a cycle', cycle],
    ['a toJSON that throws', throwing],
  ])('%s is the caller’s mistake, and the error names the member', (_name, metadata: unknown) => {
    const expected = expect.objectContaining({
      code: 'request_invalid',
      message: expect.stringMatching(/^metadata cannot be written as JSON: send a BigInt as a number or a text/),
      details: { param: 'metadata' },
    });
    expect(() => jsonBytesOf({ model: 'm', metadata })).toThrow(expected);
    const carrying = withWireText<{ model: string; metadata?: unknown }>({ model: 'm' }, '{"model":"m"}');
    expect(() => changeMembers(carrying, { metadata })).toThrow(expected);
    expect(() => printExact({ metadata })).toThrow(expect.objectContaining({ code: 'request_invalid', details: {} }));
  });

  it('is a request that throws as a whole', () => {
    expect(() => jsonBytesOf(throwing)).toThrow(expect.objectContaining({ code: 'request_invalid', details: {} }));
  });
});
