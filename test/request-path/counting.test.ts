import type { ChatCompletion, ChatRequest, Session, TokenCounter, Usage } from 'nexusai-hub/ports';
import { chunkOf, completionOf, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { harness, PLAIN, readAll, STREAM } from './harness.ts';

/** A token for each character, exact, and what it was asked. */
function byCharacter(): TokenCounter & { readonly asked: [texts: readonly string[], model: string][] } {
  const asked: [readonly string[], string][] = [];
  return {
    asked,
    count: (text, model) => Promise.resolve({ tokens: (asked.push([[text], model]), text.length), exact: true }),
    countAll: (texts, model) =>
      Promise.resolve({ tokens: (asked.push([texts, model]), texts.join('').length), exact: true }),
  };
}

function usageOf(prompt: number, completion: number): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** What `PLAIN` comes to: three a message and three at the end, "user", "Hello". */
const PROMPT = 3 + 3 + 4 + 5;

/** Asks a hub whose provider reports nothing, and returns what its record says. */
async function recordOf(
  request: ChatRequest,
  {
    says = 'Hi',
    kind = 'scripted',
    model = 'gpt-4o',
    known,
  }: Partial<Record<'says' | 'kind' | 'model', string>> & Pick<Session, 'known'> = {},
) {
  const tokenCounter = byCharacter();
  const { hub, books } = harness(
    { a: { ...scriptedProvider({ says }), kind } },
    {
      tokenCounter,
      models: { m: { provider: 'a', model }, 'gpt-4o': { provider: 'a', model } },
      sessionTracker: { open: () => ({ id: 'c', isNew: false, known }), active: () => 1 },
    },
  );
  const answer = await hub.chat.completions.create(request);
  if (request.stream === true) await readAll(answer as never);
  await hub.close();
  return { record: books.records[0], asked: tokenCounter.asked };
}

describe('what nobody reported', () => {
  it.each([PLAIN, STREAM])(
    'K6: is counted by the formula of the model that answered (stream: $stream)',
    async (request) => {
      const { record, asked } = await recordOf(request);
      expect(record).toMatchObject({ usage: usageOf(PROMPT, 2), usageProvenance: 'estimated', usageIsExact: true });
      expect(asked).toEqual([
        [['user', 'Hello'], 'gpt-4o'],
        [['Hi'], 'gpt-4o'],
      ]);
    },
  );

  it('S11: is not called exact where a part of it is not measured', async () => {
    const content = [
      { type: 'text' as const, text: 'Hello' },
      { type: 'input_audio' as const, input_audio: { data: 'AAAA', format: 'wav' as const } },
    ];
    const { record } = await recordOf({ ...PLAIN, messages: [{ role: 'user', content }] });
    expect(record).toMatchObject({ usage: usageOf(PROMPT, 2), usageProvenance: 'estimated', usageIsExact: false });
  });

  it('S11: says nothing about a count where there was none', async () => {
    const usage = usageOf(9, 9);
    const { hub, books } = harness({ a: scriptedProvider([{ says: 'Hi', usage }, { throws: 'provider_rejected' }]) });
    await hub.chat.completions.create(PLAIN);
    await hub.chat.completions.create(PLAIN).catch(() => undefined);
    await hub.close();
    expect(books.records).toMatchObject([{ usage, usageProvenance: 'reported' }, { usageProvenance: 'absent' }]);
    for (const record of books.records) expect(record.usageIsExact).toBeUndefined();
  });

  it('K6: counts only what is new in a conversation whose beginning is known', async () => {
    const messages = [
      { role: 'user' as const, content: 'a long story' },
      { role: 'assistant' as const, content: 'I see.' },
      ...PLAIN.messages,
    ];
    const { record, asked } = await recordOf({ ...PLAIN, messages }, { known: { messages: 2, tokens: 40 } });
    expect(asked[0]).toEqual([['user', 'Hello'], 'gpt-4o']);
    // Four tokens make a message of the answer; what comes once is known.
    expect(record).toMatchObject({ usage: usageOf(40 + 4 + PROMPT - 3, 2), usageIsExact: false });
  });

  it.each([
    ['a name of the provider', 'm', 'scripted', 'gpt-4o-mini', 'gpt-4o-mini'],
    ["a name of Azure's", 'm', 'azure', 'gpt-4o-mini', 'gpt-4o-mini'],
    ["a deployment of Azure's", 'gpt-4o', 'azure', 'my-deployment', 'gpt-4o'],
    ['a model of another maker', 'gpt-4o', 'scripted', 'qwen-max', 'qwen-max'],
  ])('K6: counts %s as what it is', async (_what, asked, kind, model, counted) => {
    const { asked: calls } = await recordOf({ ...PLAIN, model: asked }, { kind, model });
    expect(calls.map(([, name]) => name)).toEqual([counted, counted]);
  });

  it('K6: counts what took the place of a model as what it is, on Azure, too', async () => {
    const tokenCounter = byCharacter();
    const { hub } = harness(
      { a: scriptedProvider({ throws: 'provider_denied' }), b: { ...scriptedProvider({ says: 'Hi' }), kind: 'azure' } },
      {
        tokenCounter,
        models: { 'gpt-4o': 'a', other: { provider: 'b', model: 'deployed' } },
        fallbacks: { 'gpt-4o': 'other' },
      },
    );
    await hub.chat.completions.create({ ...PLAIN, model: 'gpt-4o' });
    await hub.close();
    expect(tokenCounter.asked.map(([, model]) => model)).toEqual(['deployed', 'deployed']);
  });

  it('S11: says of each attempt of a broken answer whether its count is exact, by its own model', async () => {
    const tokenCounter = byCharacter();
    const broken = scriptedProvider({ streams: [{ yields: chunkOf({ content: 'Hi' }) }] });
    const { hub, books } = harness(
      { a: broken, b: scriptedProvider({ says: 'Hi' }) },
      {
        tokenCounter,
        models: {
          m: [
            { provider: 'a', model: 'gpt-4o' },
            { provider: 'b', model: 'gpt-4' },
          ],
        },
        routing: { continuation: 'marked', backoffMs: 0 },
      },
    );
    await readAll(await hub.chat.completions.create(STREAM));
    await hub.close();
    const [record] = books.records;
    expect(record).toMatchObject({ usageProvenance: 'estimated', usageIsExact: false });
    // The second was told what the first had said, in a way nobody has published.
    expect(record?.attempts).toMatchObject([
      { usage: usageOf(PROMPT, 2), usageProvenance: 'partial', usageIsExact: true },
      { usage: usageOf(PROMPT + 2, 2), usageProvenance: 'estimated', usageIsExact: false },
    ]);
    expect(tokenCounter.asked.map(([, model]) => model)).toEqual(['gpt-4o', 'gpt-4o', 'gpt-4', 'gpt-4']);
  });

  it('counts all that a whole answer says: thinking, refusals and calls, of every choice', async () => {
    const completion = completionOf('Hi');
    const calls = [
      { id: '1', type: 'function', function: { name: 'f', arguments: '{}' } },
      { id: '2', type: 'custom', custom: { name: 'g', input: 'abc' } },
      { id: '3' },
    ];
    const message = { role: 'assistant', content: null, refusal: 'no', reasoning_content: 'hmm', tool_calls: calls };
    const choice = { index: 1, message, finish_reason: 'tool_calls', logprobs: null };
    const completes = { ...completion, choices: [...completion.choices, choice] } as ChatCompletion;
    const tokenCounter = byCharacter();
    const { hub } = harness({ a: scriptedProvider({ completes }) }, { tokenCounter });
    await hub.chat.completions.create(PLAIN);
    await hub.close();
    expect(tokenCounter.asked.at(-1)?.[0]).toEqual(['Hihmmnof{}gabc']);
  });

  it('counts the input of calls of custom tools in a stream', async () => {
    const chunk = chunkOf({ finish: 'stop' });
    const tool_calls = [{ index: 0, custom: { name: 'g', input: 'abc' } }];
    const calling = { ...chunk, choices: [{ index: 0, delta: { tool_calls }, finish_reason: null }] };
    const tokenCounter = byCharacter();
    const { hub } = harness(
      { a: scriptedProvider({ streams: [{ yields: calling }, { yields: chunk }] }) },
      { tokenCounter },
    );
    await readAll(await hub.chat.completions.create(STREAM));
    await hub.close();
    expect(tokenCounter.asked.at(-1)?.[0]).toEqual(['gabc']);
  });

  it('asks a counter without countAll for one text after the other, and for none that is empty', async () => {
    const asked: string[] = [];
    const tokenCounter: TokenCounter = {
      count: (text) => Promise.resolve({ tokens: asked.push(text), exact: text !== 'Hello' }),
    };
    const { hub, books } = harness({ a: scriptedProvider({ says: 'Hi' }) }, { tokenCounter });
    const messages = [{ role: 'user' as const, content: '' }, ...PLAIN.messages];
    await hub.chat.completions.create({ ...PLAIN, messages });
    await hub.close();
    expect(asked).toEqual(['user', 'user', 'Hello', 'Hi']);
    expect(books.records[0]).toMatchObject({ usage: usageOf(9 + 1 + 2 + 3, 4), usageIsExact: false });
  });
});
