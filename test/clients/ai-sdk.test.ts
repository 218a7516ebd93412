import { createOpenAICompatible, type OpenAICompatibleProvider } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, stepCountIs, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { TRANSPORTS } from '../http/transports.ts';
import { KEY, serveHub, type ServedHub, TEXT } from './served-hub.ts';

describe.each(TRANSPORTS)('the Vercel AI SDK over $name', (transport) => {
  let served: ServedHub;
  let provider: OpenAICompatibleProvider;

  beforeAll(async () => {
    served = await serveHub(transport);
    provider = providerWith(KEY);
  });
  afterAll(() => served.close());

  function providerWith(apiKey: string): OpenAICompatibleProvider {
    const { baseURL, fetch } = served;
    return createOpenAICompatible({ name: 'hub', baseURL, apiKey, fetch, includeUsage: true });
  }

  it('generates text', async () => {
    const { text, usage, finishReason } = await generateText({ model: provider('m'), prompt: 'Hello' });
    expect([text, usage.totalTokens, finishReason]).toEqual([TEXT, 15, 'stop']);
  });

  it('S1, S9: streams text with its usage', async () => {
    const result = streamText({ model: provider('m'), prompt: 'Hello' });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).toBe(TEXT);
    expect((await result.usage).totalTokens).toBe(15);
  });

  it.each(['generated', 'streamed'])('calls a tool and goes on with its result, %s', async (way) => {
    const asked: unknown[] = [];
    const weather = tool({
      inputSchema: z.object({ city: z.string() }),
      execute: async (input) => {
        asked.push(input);
        return { degrees: 21 };
      },
    });
    const options = { model: provider('m'), prompt: 'Weather?', tools: { weather }, stopWhen: stepCountIs(3) };
    const text = way === 'generated' ? (await generateText(options)).text : await streamText(options).text;
    expect(text).toBe(TEXT);
    expect(asked).toEqual([{ city: '北京' }]);
  });

  it('S4: tells of a provider that dies in the middle', async () => {
    const errors: unknown[] = [];
    const result = streamText({
      model: provider('m'),
      prompt: 'break',
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).toBe(TEXT.slice(0, 2));
    expect(errors).toHaveLength(1);
  });

  it('C1: stops the provider when its caller aborts', async () => {
    const seen = served.upstream.requests.length;
    const controller = new AbortController();
    const result = streamText({ model: provider('m'), prompt: 'hang', abortSignal: controller.signal });
    for await (const _piece of result.textStream) controller.abort();
    await served.upstream.requests[seen]!.left;
  });

  it('raises a wrong key as a call error with its status, and does not repeat it', async () => {
    const failure: unknown = await generateText({ model: providerWith('sk-wrong')('m'), prompt: 'Hello' }).catch(
      (cause: unknown) => cause,
    );
    expect(APICallError.isInstance(failure)).toBe(true);
    expect(failure).toMatchObject({ statusCode: 401, isRetryable: false });
  });
});
