import { describe, expect, it } from 'vitest';
import { withWireText, wireTextOf } from '../../src/openai/wire-text.ts';

describe('wire text', () => {
  const text = '{ "a": 1 }';

  it('stays with the value it was noted on, as text or bytes', () => {
    const value = { a: 1 };
    expect(withWireText(value, text)).toBe(value);
    expect(wireTextOf(value)).toBe(text);
    const bytes = Buffer.from(text);
    expect(wireTextOf(withWireText({ a: 1 }, bytes))).toBe(bytes);
    expect(wireTextOf({ a: 1 })).toBeUndefined();
  });

  it('is not carried by any copy', () => {
    const value = withWireText({ a: 1, nested: { b: 2 } }, text);
    const copies = [
      { ...value },
      Object.assign({}, value),
      structuredClone(value),
      Object.create(value) as object,
      value.nested,
    ];
    for (const copy of copies) expect(wireTextOf(copy)).toBeUndefined();
  });

  it('is not seen by whoever prints, compares or lists the value', () => {
    const plain = { a: 1 };
    const value = withWireText({ a: 1 }, text);
    expect(JSON.stringify(value)).toBe(JSON.stringify(plain));
    expect(Reflect.ownKeys(value)).toEqual(['a']);
    expect(value).toStrictEqual(plain);
  });

  it('can be noted on a frozen value, and once only', () => {
    const value = withWireText(Object.freeze({ a: 1 }), text);
    expect(wireTextOf(value)).toBe(text);
    expect(() => withWireText(value, '{}')).toThrow(TypeError);
  });
});
