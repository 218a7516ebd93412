import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatChunk } from '../../src/openai/types.ts';
import { ChunkTemplate } from '../../src/provider-kit/chunk-template.ts';

const HEAD = { id: 'c1', object: 'chat.completion.chunk' as const, created: 1_770_000_000, model: 'm1' };

function jsonOf(delta: object, more: object = {}, choice: object = {}): string {
  return JSON.stringify({ ...HEAD, ...more, choices: [{ index: 0, delta, finish_reason: null, ...choice }] });
}

function templateOf(json: string): ChunkTemplate | undefined {
  return ChunkTemplate.of(JSON.parse(json) as ChatChunk, json);
}

const member = fc.constantFrom('content', 'reasoning_content');
/** Texts as models say them, and those that stand in the JSON around them anyway. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ',',
    ':',
    '{',
    '}',
    'c1',
    'm1',
    'content',
    'index',
    '"',
    '\\',
    '\n',
    '\u2028',
    '杭州',
    '\ud83d',
    ' a',
  ),
);
const more = fc.constantFrom({}, { usage: null }, { system_fingerprint: 'fp_1', service_tier: 'default' });

describe('ChunkTemplate', () => {
  it('reads every text as JSON.parse does, or leaves it alone', () => {
    let read = 0;
    fc.assert(
      fc.property(member, text, text, more, fc.boolean(), (name, first, second, around, isSpaced) => {
        const print = (content: string): string => {
          const json = jsonOf({ [name]: content }, around, { logprobs: null });
          return isSpaced ? JSON.stringify(JSON.parse(json), undefined, 1) : json;
        };
        const chunk = templateOf(print(first))?.read(print(second));
        if (chunk === undefined) return;
        read++;
        expect(JSON.stringify(chunk)).toBe(JSON.stringify(JSON.parse(print(second))));
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(500);
  });

  it.each([
    ['content', { content: 'a' }],
    ['reasoning', { reasoning_content: 'a', content: null }],
    ['a text that also stands behind it', { content: 'finish_reason' }],
  ])('knows more of the same: %s', (_name, delta) => {
    const second = JSON.stringify(delta).replace(/"(a|finish_reason)"/, '"b"');
    expect(templateOf(jsonOf(delta))?.read(jsonOf(JSON.parse(second) as object))).toEqual(
      JSON.parse(jsonOf(JSON.parse(second) as object)),
    );
  });

  it('gives every chunk objects of its own', () => {
    const template = templateOf(jsonOf({ content: 'a' }));
    const json = jsonOf({ content: 'b' });
    const one = template?.read(json);
    const other = template?.read(json);
    expect(one).toEqual(other);
    expect(one).not.toBe(other);
    expect(one?.choices).not.toBe(other?.choices);
    expect(one?.choices[0]).not.toBe(other?.choices[0]);
    expect(one?.choices[0]?.delta).not.toBe(other?.choices[0]?.delta);
  });

  it.each([
    ['a role: it is right in a first chunk only', jsonOf({ role: 'assistant', content: 'a' })],
    ['no text', jsonOf({ content: '' })],
    ['two texts', jsonOf({ content: 'a', reasoning_content: 'b' })],
    ['a call', jsonOf({ content: 'a', tool_calls: [] })],
    ['an object on the chunk', jsonOf({ content: 'a' }, { usage: { prompt_tokens: 1 } })],
    ['an object on the choice', jsonOf({ content: 'a' }, {}, { logprobs: { content: [] } })],
    [
      'two choices',
      JSON.stringify({
        ...HEAD,
        choices: [
          { index: 0, delta: { content: 'a' } },
          { index: 1, delta: {} },
        ],
      }),
    ],
    ['a text that is escaped', jsonOf({ content: 'a"' })],
    ['a text whose first place is another', jsonOf({ content: 'm1' })],
    ['a name that comes twice', jsonOf({ x: 1, content: 'b' }).replace('"x":1', '"content":"b"')],
  ])('is not made of %s', (_name, json) => {
    expect(templateOf(json)).toBeUndefined();
  });

  it.each([
    ['the end', jsonOf({ content: 'b' }, {}, { finish_reason: 'stop' })],
    ['another member', jsonOf({ content: 'b' }, { usage: null })],
    ['another value', jsonOf({ content: 'b' }, { id: 'c2' })],
    ['a text that ends its string', jsonOf({ content: 'b' }).replace('"b"', '"b","role":"tool"')],
    ['a text that is not ended', jsonOf({ content: 'b' }).replace('"b"', '"b\\"')],
    ['a text with a raw control character', jsonOf({ content: 'b' }).replace('"b"', '"\u0007"')],
    ['no text', jsonOf({ content: '' })],
    ['less than both sides', '{"id":"c1"}'],
    ['two sides that share bytes', jsonOf({ content: 'b' }).replace('b"', '')],
  ])('leaves alone what differs by %s', (_name, json) => {
    expect(templateOf(jsonOf({ content: 'a' }))?.read(json)).toBeUndefined();
  });
});
