import { describe, expect, it } from 'vitest';
import { parsePassedRequest } from '../../src/openai/forward-request.ts';
import { parseChatRequest, parseEmbeddingRequest } from '../../src/openai/request.ts';
import { MESSAGES, refusal } from './request-bodies.ts';

const form = (model: string): Buffer =>
  Buffer.from(`--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n--b--\r\n`);

describe('the name of a model', () => {
  it.each<[string, (model: string) => { model: string }]>([
    ['chat', (model) => parseChatRequest({ model, messages: MESSAGES })],
    ['embeddings', (model) => parseEmbeddingRequest(JSON.stringify({ model, input: 'x' }))],
    ['completions', (model) => parsePassedRequest('completions', { model, prompt: 'x' })],
    ['moderations', (model) => parsePassedRequest('moderations', { model, input: 'x' })],
    ['transcriptions', (model) => parsePassedRequest('transcriptions', form(model), 'multipart/form-data; boundary=b')],
  ])('of %s has at most 256 characters, and a longer one is not repeated', (_operation, parse) => {
    const longest = 'm'.repeat(256);
    expect(parse(longest).model).toBe(longest);
    const error = refusal(() => parse(`${longest}m`), '');
    expect(error).toMatchObject({ code: 'request_invalid', details: { param: 'model' } });
    expect(error.message).toMatch(/^model must have at most 256 characters/);
    expect(error.message.length).toBeLessThan(100);
  });
});
