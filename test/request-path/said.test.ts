import { expect, it } from 'vitest';
import { Said } from '../../src/said.ts';

const piece = (delta: object, index = 0): Parameters<Said['add']>[0] => ({ index, delta, finish_reason: null });

it('gathers the first of several answers as a message, and all of them as text', () => {
  const said = new Said();
  expect(said.message()).toBeUndefined();
  expect(said.add(piece({ role: 'assistant', content: '' }))).toBe('');
  said.add(piece({ reasoning_content: 'Hm. ' }));
  expect(said.add(piece({ content: '你' }))).toBe('你');
  said.add(piece({ content: 'other' }, 1));
  said.add(piece({ content: '好' }));
  expect(said.text).toBe('Hm. 你other好');
  expect(said.message()).toEqual({ role: 'assistant', content: '你好', refusal: null, reasoning_content: 'Hm. ' });
});

it('puts calls of tools together', () => {
  const said = new Said();
  said.add(
    piece({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{"a"' } }] }),
  );
  said.add(piece({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }));
  expect(said.text).toBe('f{"a":1}');
  expect(said.message()).toEqual({
    role: 'assistant',
    content: null,
    refusal: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
  });
});

it('M4: keeps the beginning of an answer without end', () => {
  const said = new Said();
  const long = 'x'.repeat(1_000_000);
  for (let times = 0; times < 5; times++) expect(said.add(piece({ content: long }))).toBe(long);
  expect(said.text.length).toBe(2_000_000);
  expect(said.message()?.content?.length).toBe(2_000_000);
});
