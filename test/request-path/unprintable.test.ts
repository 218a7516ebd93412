import { describe, expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';
import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { demo } from 'nexusai-hub/adapters/demo';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { contextWith } from '../adapters/context.ts';
import { failureOf, PLAIN } from './harness.ts';

const apiKey = 'sk-test-0123456789';
const baseUrl = 'http://server.test/v1';
const parameters = { type: 'object', properties: { id: { const: 1n } } };
const tools = [{ type: 'function' as const, function: { name: 'find', parameters } }];

describe('a request of the own program that cannot be written as JSON', () => {
  const { fetch, requests } = scriptedFetch({ sends: [] });

  it.each([
    anthropic({ apiKey, fetch }),
    azure({ apiKey, endpoint: 'http://server.test', fetch }),
    demo(),
    ernie({ apiKey, baseUrl, fetch }),
    gemini({ apiKey, fetch }),
    openai({ apiKey, fetch }),
    openaiCompatible({ baseUrl, fetch }),
  ])('is not the fault of the provider: $kind', async (provider) => {
    const asked = Promise.resolve().then(() => provider.open({ ...PLAIN, tools }, contextWith()));
    await expect(asked).rejects.toMatchObject({ code: 'request_invalid' });
    expect(requests).toHaveLength(0);
  });

  it('opens no circuit, however often it comes', async () => {
    const message = { role: 'assistant', content: 'fine', refusal: null };
    const whole = { id: 'c', object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] };
    const good = scriptedFetch({ headers: { 'content-type': 'application/json' }, sends: [JSON.stringify(whole)] });
    const hub = new NexusHub({ providers: { main: openai({ apiKey, fetch: good.fetch }) } });
    const request = { ...PLAIN, metadata: { a: '' } };
    Object.assign(request.metadata, { a: 1n });
    for (let count = 0; count < 30; count++) {
      const error = await failureOf(hub.chat.completions.create(request));
      expect(error).toMatchObject({ code: 'request_invalid', details: { param: 'metadata' } });
    }
    const error = await failureOf(hub.chat.completions.create({ ...PLAIN, tools }));
    expect(error).toMatchObject({ code: 'request_invalid', details: { param: 'tools' } });
    expect(good.requests).toHaveLength(0);
    const answer = await hub.chat.completions.create(PLAIN);
    expect(answer.choices[0]?.message.content).toBe('fine');
    await hub.close();
  });
});
