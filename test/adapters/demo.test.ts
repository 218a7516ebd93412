import { demo } from 'nexusai-hub/adapters/demo';
import type { ChatRequest } from 'nexusai-hub/ports';
import { Collector, countTokens } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { manualClock } from '../../src/testing/manual-clock.ts';
import { contextWith } from './context.ts';
import { ask, isList, isStream } from './run-fixture.ts';

const instant = demo({ pace: 'instant' });
const REQUEST: ChatRequest = { model: 'demo', messages: [{ role: 'user', content: 'How tall is it? 👋🏽' }] };

const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 3 }, unit: { enum: ['c', 'f'] } },
    },
  },
};

async function answerTo(
  request: Partial<ChatRequest>,
): Promise<NonNullable<Awaited<ReturnType<typeof ask>>['completion']>> {
  const { completion, error } = await ask(instant, { ...REQUEST, ...request });
  if (!completion) throw error ?? new Error('a completion was due');
  return completion;
}

describe('the demo provider', () => {
  it('says that it is one, what it saw, and the same each time', async () => {
    const first = await answerTo({});
    const text = first.choices[0]!.message.content!;
    expect(text).toMatch(/^\[demo\]/);
    expect(text).toContain('no model was asked');
    expect(text).toContain('"demo"');
    expect(text).toContain('1 message,');
    expect(text).toContain('How tall is it? 👋🏽');
    expect(await answerTo({})).toEqual(first);
    expect((await answerTo({ seed: 1 })).id).not.toBe(first.id);
  });

  it('answers Chinese in Chinese', async () => {
    const { choices } = await answerTo({
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: '它有多高？' },
      ],
    });
    expect(choices[0]!.message.content).toMatch(/^【演示】.*没有调用任何模型.*共 2 条消息.*“它有多高？”/);
  });

  it.each<Partial<ChatRequest>>([
    {},
    { n: 3 },
    { max_tokens: 9 },
    { tools: [WEATHER], tool_choice: 'required' },
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: '看图' },
            { type: 'image_url', image_url: { url: 'data:' } },
          ],
        },
      ],
    },
  ])('streams what it says at once: %j', async (request) => {
    const completion = await answerTo(request);
    const { chunks } = await ask(instant, { ...REQUEST, ...request, stream: true });
    const collector = new Collector();
    for (const chunk of chunks) collector.add(chunk);
    expect(collector.completion()).toMatchObject({
      ...completion,
      choices: completion.choices.map(({ logprobs: _none, ...choice }) => choice),
    });
    expect(chunks.at(-1)!.usage).toEqual(completion.usage);
    if (!request.tools) expect(chunks.length).toBeGreaterThan(5);
  });

  it('counts its tokens', async () => {
    const counter = countTokens();
    const { choices, usage } = await answerTo({ n: 2 });
    let tokens = 0;
    for (const { message } of choices) tokens += (await counter.count(message.content!, 'gpt-4o')).tokens;
    expect(usage).toEqual({
      prompt_tokens: usage!.prompt_tokens,
      completion_tokens: tokens,
      total_tokens: usage!.prompt_tokens + tokens,
    });
    // OpenAI's own count for "hello world" as one user message.
    expect((await answerTo({ messages: [{ role: 'user', content: 'hello world' }] })).usage!.prompt_tokens).toBe(9);
  });

  it.each([0, 1, 5, 20])('says no more than %s tokens allow', async (limit) => {
    const { choices, usage } = await answerTo({ max_tokens: limit });
    expect(choices[0]!.finish_reason).toBe('length');
    expect(usage!.completion_tokens).toBeLessThanOrEqual(limit);
    expect(usage!.completion_tokens).toBeGreaterThanOrEqual(Math.max(0, limit - 6));
    const { choices: whole } = await answerTo({});
    expect(whole[0]!.message.content).toContain(choices[0]!.message.content!);
    expect((await answerTo({ max_completion_tokens: 5000 })).choices[0]!.finish_reason).toBe('stop');
  });

  it('calls the tool it is forced to call', async () => {
    for (const choice of ['required', { type: 'function', function: { name: 'get_weather' } }]) {
      const { choices } = await answerTo({ tools: [WEATHER], tool_choice: choice });
      const [call] = choices[0]!.message.tool_calls!;
      expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
      expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
      expect(JSON.parse(call!.type === 'function' ? call!.function.arguments : '')).toEqual({
        city: 'demo',
        days: 3,
        unit: 'c',
      });
    }
    expect((await answerTo({ tools: [WEATHER], tool_choice: 'auto' })).choices[0]!.finish_reason).toBe('stop');
  });

  it('answers in the form that is asked for', async () => {
    const schema = {
      type: 'object',
      properties: { steps: { type: 'array', items: { type: 'string' } }, ok: { type: 'boolean' } },
    };
    const { choices } = await answerTo({
      response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
    });
    expect(JSON.parse(choices[0]!.message.content!)).toEqual({ steps: ['demo'], ok: true });
  });

  it('streams at a human pace, each piece a sign of life', async () => {
    const clock = manualClock();
    let beats = 0;
    const heartbeat = (): void => {
      beats++;
    };
    const answer = await demo().open({ ...REQUEST, stream: true }, contextWith({ clock, heartbeat }));
    if (!isStream(answer)) throw new Error('a stream was due');
    const stream = answer[Symbol.asyncIterator]();
    for (let piece = 1; piece <= 5; piece++) {
      let came = false;
      const pending = stream.next().then((step) => {
        came = true;
        return step;
      });
      await clock.advance(29);
      expect(came).toBe(false);
      await clock.advance(1);
      const { value } = await pending;
      expect(isList(value) ? value.length : 1).toBe(1);
      expect(beats).toBe(piece);
    }
    const pending = stream.next();
    await stream.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(clock.pending).toBe(0);
  });

  it('C1: stops at once when it is cancelled', async () => {
    const clock = manualClock();
    const abort = new AbortController();
    const answer = await demo().open({ ...REQUEST, stream: true }, contextWith({ clock, signal: abort.signal }));
    if (!isStream(answer)) throw new Error('a stream was due');
    const stream = answer[Symbol.asyncIterator]();
    const pending = stream.next();
    abort.abort();
    await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
    await expect(stream.next()).rejects.toMatchObject({ code: 'cancelled' });
    expect(clock.pending).toBe(0);
    await expect(demo().open(REQUEST, contextWith({ signal: abort.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('embeds: the same text the same vector, of length 1, labelled', async () => {
    const embed = instant.embed!;
    const answer = await embed({ model: 'demo', input: ['你好', 'hello', '你好'], dimensions: 33 }, contextWith());
    const [a, b, c] = answer.data.map(({ embedding }) => embedding as number[]);
    expect(a).toHaveLength(33);
    expect(a).toEqual(c);
    expect(a).not.toEqual(b);
    expect(Math.hypot(...a!)).toBeCloseTo(1, 5);
    expect(JSON.stringify(answer)).toContain('no model was asked');
    expect(answer.usage.prompt_tokens).toBe(3);
    const packed = await embed(
      { model: 'demo', input: '你好', dimensions: 33, encoding_format: 'base64' },
      contextWith(),
    );
    const bytes = Buffer.from(packed.data[0]!.embedding as string, 'base64');
    expect(Array.from({ length: 33 }, (_, place) => bytes.readFloatLE(place * 4))).toEqual(a);
    expect((await embed({ model: 'demo', input: [1, 2, 3] }, contextWith())).usage.prompt_tokens).toBe(3);
    await expect(embed({ model: 'demo', input: 'x', dimensions: 0 }, contextWith())).rejects.toMatchObject({
      details: { param: 'dimensions' },
    });
  });

  it('quotes a long text by its beginning, and a character of two units whole', async () => {
    const { choices } = await answerTo({ messages: [{ role: 'user', content: '👋'.repeat(100_000) }] });
    expect(choices[0]!.message.content).toContain(`"${'👋'.repeat(200)}…"`);
    const { choices: whole } = await answerTo({ messages: [{ role: 'user', content: '👋'.repeat(200) }] });
    expect(whole[0]!.message.content).toContain(`"${'👋'.repeat(200)}"`);
  });

  it('refuses what JSON cannot say as the caller’s mistake', async () => {
    const request = Object.assign({ ...REQUEST }, { metadata: { a: 1n } });
    await expect(instant.open(request, contextWith())).rejects.toMatchObject({
      code: 'request_invalid',
      details: { param: 'metadata' },
    });
  });

  it('wrong options', () => {
    expect(() => demo({ pace: 'fast' as 'human' })).toThrow(
      /^demo: pace must be one of "human", "instant"; got "fast"/,
    );
  });
});
