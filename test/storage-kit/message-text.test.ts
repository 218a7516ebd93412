import fc from 'fast-check';
import type { KeptMessage } from 'nexusai-hub/ports';
import { isSaid, previewOf } from 'nexusai-hub/storage-kit';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const by = (role: string, content: unknown, from: KeptMessage['from'] = 'caller'): KeptMessage => ({
  position: 0,
  role,
  from,
  json: JSON.stringify({ role, content }),
});

describe('a preview', () => {
  it.each<[shown: string | null, messages: KeptMessage[]]>([
    ['Hello', [by('system', 'Be short.'), by('user', 'Hello')]],
    ['Be short.', [by('system', 'Be short.')]],
    [
      'What is this?',
      [
        by('user', [
          { type: 'image_url', image_url: {} },
          { type: 'text', text: 'What is\n  this?' },
        ]),
      ],
    ],
    [null, []],
    [null, [by('user', [])]],
    [null, [by('assistant', 'I said it.', 'model')]],
    [null, [{ position: 0, role: 'user', from: 'caller', json: 'no JSON' }]],
  ])('is %j', (shown, messages) => {
    expect(previewOf(messages)).toBe(shown);
  });

  it('M1: keeps nothing of the text but itself', () => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const previews = Array.from({ length: 50 }, (_, place) => previewOf([by('user', `${place}长`.repeat(200_000))]));
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
    expect(new Set(previews).size).toBe(50);
  });

  it.each(['长'.repeat(1_000), '👩‍🚀'.repeat(1_000), `x${'😀'.repeat(1_000)}`])(
    'S1: cuts no character in two',
    (text) => {
      const preview = previewOf([by('user', text)]) ?? '';
      expect(Array.from(preview)).toHaveLength(200);
      expect(text.startsWith(preview)).toBe(true);
    },
  );
});

it('S1: a preview is of a long text what it would be of all of it', () => {
  const piece = fc.constantFrom(' ', '\n\t', ' '.repeat(700), 'x', 'word', '长', '😀', 'y'.repeat(150));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const line = pieces.join('').replace(/\s+/g, ' ').trim();
      const shown = Array.from(line).slice(0, 200).join('');
      expect(previewOf([by('user', pieces.join(''))])).toBe(shown === '' ? null : shown);
    }),
  );
});

describe('what is said', () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"北京"}' } };
  it.each([
    [by('user', 'The Quick fox'), 'quick FOX', true],
    [by('user', '他说"你好"'), '"你好"', true],
    [by('user', [{ type: 'text', text: 'in a part' }]), 'a part', true],
    [{ ...by('assistant', null), json: JSON.stringify({ role: 'assistant', tool_calls: [call] }) }, '北京', true],
    [by('user', 'Hello'), 'content', false],
    [by('user', 'Hello'), 'user', false],
    [by('user', [{ type: 'text', text: 'x' }]), 'text', false],
  ])('%j: %s', ({ json }, search, isFound) => {
    expect(isSaid(json, search)).toBe(isFound);
  });
});
