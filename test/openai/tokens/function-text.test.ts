import { expect, it } from 'vitest';

import { functionText } from '../../../src/openai/tokens/function-text.ts';

it('shows functions as OpenAI shows them to its models', () => {
  const parameters = {
    type: 'object',
    properties: {
      city: { type: 'string', description: 'Where' },
      unit: { type: 'string', enum: ['c', 'f'] },
      day: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
      at: { type: 'object', properties: { hour: { type: 'integer', description: 'hidden' } }, required: ['hour'] },
      tags: { type: 'array', items: { type: 'string' } },
      either: { type: ['string', 'number'] },
      free: {},
      list: { type: 'array' },
    },
    required: ['city'],
  };
  const text = functionText([{ name: 'weather', description: 'Tells it.', parameters }, { name: 'now' }]);
  expect(text).toBe(`namespace functions {

// Tells it.
type weather = (_: {
// Where
city: string,
unit?: "c" | "f",
day?: number | null,
at?: {
  hour: number,
},
tags?: string[],
either?: string | number,
free?: any,
list?: any[],
}) => any;

type now = () => any;

} // namespace functions`);
});

it.each([[null], [3], [{}], [{ name: 5, parameters: [] }], [{ name: 'f', parameters: { properties: { a: null } } }]])(
  'takes whatever passes as a function: %j',
  (odd) => {
    expect(functionText([odd])).toContain('namespace functions');
  },
);
