import { demo } from 'nexusai-hub/adapters/demo';
import type { ChatRequest, EmbeddingRequest, ForwardRequest, ProviderContext } from 'nexusai-hub/ports';
import { NexusError } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { contextWith } from './context.ts';
import { ask } from './run-fixture.ts';

const instant = demo({ pace: 'instant' });
const REQUEST: ChatRequest = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] };

/** A request for older completions with so many prompts. */
function completionsOf(prompts: number): ForwardRequest {
  const body = { model: 'demo', prompt: Array<string>(prompts).fill('x') };
  return { operation: 'completions', model: 'demo', stream: false, contentType: 'application/json', body };
}

describe('the demo provider under too much', () => {
  /** Bodies of one request that would keep the process busy for seconds, or for ever. */
  const LETTERS = 'x'.repeat(200_000);
  const TOO_MUCH: readonly (readonly [name: string, param: string, request: Partial<ChatRequest>])[] = [
    ['choices', 'n', { n: 100_000_000 }],
    ['choices, by one', 'n', { n: 129 }],
    ['choices of a stream', 'n', { n: 129, stream: true }],
    [
      'of a schema',
      'response_format',
      { n: 128, response_format: { type: 'json_schema', json_schema: { name: 's', schema: { const: LETTERS } } } },
    ],
    [
      'of a tool',
      'tools',
      {
        n: 128,
        tools: [{ type: 'function', function: { name: 'f', parameters: { enum: [LETTERS] } } }],
        tool_choice: 'required',
      },
    ],
    [
      'of the name of a tool',
      'tools',
      { n: 128, tools: [{ type: 'function', function: { name: LETTERS } }], tool_choice: 'required' },
    ],
  ];

  it.each(TOO_MUCH)('refuses too much: %s', async (_name, param, request) => {
    await expect(instant.open({ ...REQUEST, ...request }, contextWith())).rejects.toMatchObject({
      code: 'provider_rejected',
      message: expect.stringMatching(/at most (?:128|10000) /),
      details: { param },
    });
  });

  it.each<[string, string, Partial<EmbeddingRequest>]>([
    ['20,000 texts', 'input', { input: Array<string>(20_000).fill('x') }],
    ['one text too many', 'input', { input: Array<string>(2049).fill('x') }],
    ['lists of tokens', 'input', { input: Array<number[]>(2049).fill([1]) }],
    ['numbers', 'input', { input: Array<string>(2048).fill('x'), dimensions: 4096 }],
    ['dimensions', 'dimensions', { dimensions: 1e15 }],
  ])('refuses to embed too much: %s', async (_name, param, request) => {
    const asked = { model: 'demo', input: 'x', ...request };
    await expect(instant.embed!(asked, contextWith())).rejects.toMatchObject({
      code: 'provider_rejected',
      details: { param },
    });
  });

  it('refuses too many prompts', async () => {
    await expect(instant.forward!(completionsOf(2049), contextWith())).rejects.toMatchObject({
      code: 'provider_rejected',
      message: expect.stringContaining('at most 2048'),
      details: { param: 'prompt' },
    });
  });

  it('takes as much as it says', async () => {
    const request = { ...REQUEST, n: 128, max_tokens: Number.MAX_SAFE_INTEGER };
    const { choices = [] } = (await ask(instant, request)).completion ?? {};
    expect(new Set(choices.map(({ message }) => message.content)).size).toBe(128);
    const answer = await instant.embed!({ model: 'demo', input: Array<string>(2048).fill('x') }, contextWith());
    expect(answer.data).toHaveLength(2048);
  });

  it.each<[string, (context: ProviderContext) => Promise<unknown>]>([
    ['choices', (context) => instant.open({ ...REQUEST, n: 128 }, context)],
    [
      'a prompt of many messages',
      (context) => instant.open({ ...REQUEST, messages: Array(100).fill(REQUEST.messages[0]) }, context),
    ],
    ['embeddings', (context) => instant.embed!({ model: 'demo', input: Array<string>(2048).fill('x') }, context)],
    ['completions', (context) => instant.forward!(completionsOf(2048), context)],
  ])('C1: a long answer gives others their turn, and stops when its caller leaves: %s', async (_name, answer) => {
    await instant.open(REQUEST, contextWith()); // Loads the encoder, which gives turns of its own.
    const abort = new AbortController();
    const reason = new NexusError('cancelled', 'the caller left');
    setImmediate(() => {
      abort.abort(reason);
    });
    await expect(answer(contextWith({ signal: abort.signal }))).rejects.toBe(reason);
  });
});
