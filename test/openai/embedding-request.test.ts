import { describe, expect, it } from 'vitest';
import { parseEmbeddingRequest } from '../../src/openai/request.ts';
import { wireTextOf } from '../../src/openai/wire-text.ts';
import { refusal } from './request-bodies.ts';

describe('parseEmbeddingRequest', () => {
  const embedding = (input: unknown, members = {}): Record<string, unknown> => ({ model: 'm', input, ...members });

  it.each([
    [embedding('x')],
    [embedding('')],
    [embedding(['a', 'b'])],
    [embedding([1, 2, 3])],
    [embedding([[1, 2], [3]])],
    [embedding('x', { encoding_format: 'base64', dimensions: 256, user: null, input_type: 'query' })],
  ])('%j passes', (body) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const request = parseEmbeddingRequest(bytes);
    expect(request).toEqual(body);
    expect(wireTextOf(request)).toBe(bytes);
  });

  it.each([
    [{ input: 'x' }, 'model', 'model must be a string, got nothing'],
    [embedding('x', { model: 'm'.repeat(257) }), 'model', 'model must have at most 256 characters, got a string'],
    [{ model: 'm' }, 'input', 'input must be a string or a list, got nothing'],
    [embedding(null), 'input', 'input must be a string or a list, got null'],
    [embedding([]), 'input', 'input must not be empty, got an empty list'],
    [embedding(['a', 1]), 'input[1]', 'input[1] must be a string, got 1'],
    [embedding([1, 'a']), 'input[1]', 'input[1] must be a token number, got a string'],
    [embedding([1.5]), 'input[0]', 'input[0] must be a token number, got 1.5'],
    [embedding([[1], ['a']]), 'input[1][0]', 'input[1][0] must be a token number, got a string'],
    [embedding([null]), 'input[0]', 'input[0] must be a string or a list of token numbers, got null'],
    [embedding('x', { dimensions: 0 }), 'dimensions', 'dimensions must be at least 1, got 0'],
    [embedding('x', { encoding_format: 1 }), 'encoding_format', 'encoding_format must be a string, got 1'],
  ])('%j: %s', (body, param, rule) => {
    expect(refusal(parseEmbeddingRequest, body)).toMatchObject({
      code: 'request_invalid',
      message: rule,
      details: { param },
    });
  });

  it('names what it needs', () => {
    expect(refusal(parseEmbeddingRequest, '').message).toBe(
      'The request body is empty; send a JSON object with model and input.',
    );
  });
});
