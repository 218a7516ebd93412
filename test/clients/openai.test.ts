import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

import type { AnswerScript } from '../../src/testing/answer-script.ts';
import { TRANSPORTS } from '../http/transports.ts';
import { answerLikeOpenAI, KEY, serveHub, type ServedHub, TEXT } from './served-hub.ts';

const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

describe.each(TRANSPORTS)('the OpenAI SDK over $name', (transport) => {
  let served: ServedHub;
  let client: OpenAI;

  beforeAll(async () => {
    served = await serveHub(transport);
    client = clientWith({});
  });
  afterAll(() => served.close());

  function clientWith(options: Partial<ConstructorParameters<typeof OpenAI>[0]>): OpenAI {
    return new OpenAI({ baseURL: served.baseURL, apiKey: KEY, fetch: served.fetch, maxRetries: 0, ...options });
  }

  it('chats', async () => {
    const completion = await client.chat.completions.create({ model: 'm', messages: saying('Hello') });
    expect(completion.choices[0]?.message.content).toBe(TEXT);
    expect(completion.usage?.total_tokens).toBe(15);
    expect(completion._request_id).toMatch(/^req_/);
  });

  it('S1: streams every character', async () => {
    const stream = await client.chat.completions.create({ model: 'm', messages: saying('Hello'), stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(TEXT);
  });

  it('S9: streams usage when asked', async () => {
    const stream = client.chat.completions.stream({
      model: 'm',
      messages: saying('Hello'),
      stream_options: { include_usage: true },
    });
    expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: 9, completion_tokens: 6 });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe(TEXT);
  });

  it('S7: calls tools, whole and streamed', async () => {
    const whole = await client.chat.completions.create({ model: 'm', messages: saying('Weather?'), tools: [weather] });
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ id: 'call_1', function: { name: 'weather', arguments: '{"city":"北京"}' } }] },
    });
    const streamed = await client.chat.completions
      .stream({ model: 'm', messages: saying('Weather?'), tools: [weather] })
      .finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject(whole.choices[0]!.message.tool_calls!);
  });

  it('runs a tool and answers with its result', async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model: 'm',
      messages: saying('Weather?'),
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather of a city.',
            parameters: weather.function.parameters,
            parse: (text) => JSON.parse(text) as object,
            function: (input: object) => {
              asked.push(input);
              return '21 degrees';
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe(TEXT);
    expect(asked).toEqual([{ city: '北京' }]);
  });

  it('parses structured output', async () => {
    const completion = await client.chat.completions.parse({
      model: 'm',
      messages: saying('Weather?'),
      response_format: zodResponseFormat(z.object({ city: z.string(), degrees: z.number() }), 'weather'),
    });
    expect(completion.choices[0]?.message.parsed).toEqual({ city: '北京', degrees: 21 });
    const sent = served.upstream.requests.at(-1)!;
    expect(JSON.parse(Buffer.from(sent.body).toString())).toMatchObject({ response_format: { type: 'json_schema' } });
  });

  it('lists models: its own, and those of the provider that the key may use', async () => {
    expect(await modelsOf(client)).toEqual(['m', 'reported']);
    expect(await client.models.retrieve('m')).toMatchObject({ id: 'm', object: 'model' });
    const reported = await client.models.retrieve('reported');
    expect(reported).toEqual({ id: 'reported', object: 'model', created: 5, owned_by: 'main' });
    await expect(client.models.retrieve('of-others')).rejects.toThrow(OpenAI.NotFoundError);
  });

  it.each<[string, AnswerScript]>([
    ['HTML', { headers: { 'content-type': 'text/html' }, sends: ['<html>Sign in</html>'] }],
    ['half of a list', { sends: ['{"object":"list","data":['], then: 'break' }],
    ['an error', { status: 500, sends: ['{"error":{"message":"no"}}'] }],
  ])('lists its own models when the provider answers %s where its list should be', async (_what, answer) => {
    const other = await serveHub(transport);
    onTestFinished(() => other.close());
    other.upstream.play(answer);
    const asking = clientWith({ baseURL: other.baseURL, fetch: other.fetch });
    expect(await modelsOf(asking)).toEqual(['m']);
    expect(other.upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models']);
  });

  it('C1: stops the provider when the reader leaves the loop', async () => {
    const seen = served.upstream.requests.length;
    const stream = await client.chat.completions.create({ model: 'm', messages: saying('hang'), stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    await served.upstream.requests[seen]!.left;
    await vanished(served);
  });

  it('C1, C2: stops the provider when the signal aborts, streaming or not', async () => {
    for (const stream of [true, false]) {
      const seen = served.upstream.requests.length;
      const controller = new AbortController();
      served.upstream.play({ silent: true, then: 'hang' });
      const pending = client.chat.completions.create(
        { model: 'm', messages: saying('hang'), stream },
        { signal: controller.signal },
      );
      const failed = expect(pending).rejects.toThrow(OpenAI.APIUserAbortError);
      while (served.upstream.requests.length === seen) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      await failed;
      await served.upstream.requests[seen]!.left;
    }
    served.upstream.play(answerLikeOpenAI);
    await vanished(served);
  });

  it('S4: throws when the provider dies in the middle of an answer', async () => {
    const stream = await client.chat.completions.create({ model: 'm', messages: saying('break'), stream: true });
    let text = '';
    const read = async (): Promise<void> => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toThrow(OpenAI.APIError);
    expect(text).toBe(TEXT.slice(0, 2));
  });

  it.each([
    ['a wrong key', { apiKey: 'sk-wrong-key' }, { model: 'm' }, OpenAI.AuthenticationError, 401],
    ['an unknown model', { apiKey: KEY }, { model: 'unknown' }, OpenAI.PermissionDeniedError, 403],
    ['a member of the wrong type', { apiKey: KEY }, { model: 'm', temperature: 'hot' }, OpenAI.BadRequestError, 400],
    ['a request the provider refuses', { apiKey: KEY }, { model: 'm', say: 'status 400' }, OpenAI.BadRequestError, 400],
    ['a model the provider lacks', { apiKey: KEY }, { model: 'm', say: 'status 404' }, OpenAI.NotFoundError, 404],
    ["the provider's rate limit", { apiKey: KEY }, { model: 'm', say: 'status 429' }, OpenAI.RateLimitError, 429],
    ["the hub's own key refused", { apiKey: KEY }, { model: 'm', say: 'status 401' }, OpenAI.InternalServerError, 502],
    ['a provider that fails', { apiKey: KEY }, { model: 'm', say: 'status 500' }, OpenAI.InternalServerError, 502],
  ])('%s is the class its users catch', async (_name, options, request, ErrorClass, status) => {
    const { say = 'Hello', ...rest } = request as { say?: string; model: string };
    const failure: unknown = await clientWith(options)
      .chat.completions.create({ ...rest, messages: saying(say) })
      .catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ErrorClass);
    expect(failure).toMatchObject({ status });
    expect((failure as Error).message).not.toContain('sk-');
  });

  it('an unknown path is a NotFoundError', async () => {
    await expect(client.files.retrieve('file-1')).rejects.toThrow(OpenAI.NotFoundError);
  });

  it('R1: a client with retries does not repeat what the hub has given up', async () => {
    const seen = served.upstream.requests.length;
    const patient = clientWith({ maxRetries: 3 });
    await expect(patient.chat.completions.create({ model: 'm', messages: saying('status 500') })).rejects.toThrow();
    expect(served.upstream.requests.length - seen).toBe(1);
  });

  it('passes on members nobody knows', async () => {
    const body = { model: 'm', messages: saying('Hello'), a_new_member: { deep: [1, null] } };
    await client.chat.completions.create(body);
    const sent = served.upstream.requests.at(-1)!;
    expect(JSON.parse(Buffer.from(sent.body).toString())).toMatchObject({ a_new_member: { deep: [1, null] } });
  });
});

function saying(content: string): { role: 'user'; content: string }[] {
  return [{ role: 'user', content }];
}

async function modelsOf(client: OpenAI): Promise<string[]> {
  const names: string[] = [];
  for await (const model of client.models.list()) names.push(model.id);
  return names;
}

/** Resolves when no request is left in the hub. */
async function vanished({ hub }: ServedHub): Promise<void> {
  while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
}
