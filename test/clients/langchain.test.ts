import { ChatOpenAI } from '@langchain/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TRANSPORTS } from '../http/transports.ts';
import { KEY, serveHub, type ServedHub, TEXT } from './served-hub.ts';

describe.each(TRANSPORTS)('LangChain over $name', (transport) => {
  let served: ServedHub;

  beforeAll(async () => {
    served = await serveHub(transport);
  });
  afterAll(() => served.close());

  function chat(apiKey = KEY): ChatOpenAI {
    const { baseURL, fetch } = served;
    return new ChatOpenAI({ model: 'm', apiKey, maxRetries: 0, configuration: { baseURL, fetch } });
  }

  it('invokes', async () => {
    const message = await chat().invoke('Hello');
    expect(message.content).toBe(TEXT);
    expect(message.usage_metadata).toMatchObject({ total_tokens: 15 });
  });

  it('S1, S9: streams, with usage', async () => {
    let text = '';
    const usages: unknown[] = [];
    for await (const chunk of await chat().stream('Hello')) {
      text += chunk.text;
      if (chunk.usage_metadata) usages.push(chunk.usage_metadata);
    }
    expect(text).toBe(TEXT);
    expect(usages).toMatchObject([{ total_tokens: 15 }]);
  });

  it('calls tools', async () => {
    const weather = {
      type: 'function' as const,
      function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
    };
    const bound = chat().bindTools([weather]);
    const message = await bound.invoke('Weather?');
    expect(message.tool_calls).toMatchObject([{ name: 'weather', args: { city: '北京' } }]);
    let pieces = '';
    for await (const chunk of await bound.stream('Weather?'))
      pieces += chunk.tool_call_chunks?.map(({ args }) => args ?? '').join('') ?? '';
    expect(pieces).toBe('{"city":"北京"}');
  });

  it('S4: throws when the provider dies in the middle', async () => {
    const read = async (): Promise<void> => {
      for await (const chunk of await chat().stream('break')) expect(chunk).toBeDefined();
    };
    await expect(read()).rejects.toThrow();
  });

  it('raises a wrong key', async () => {
    await expect(chat('sk-wrong-key').invoke('Hello')).rejects.toMatchObject({ status: 401 });
  });
});
