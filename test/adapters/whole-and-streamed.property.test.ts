import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { gemini } from 'nexusai-hub/adapters/gemini';
import type { ChatCompletion, ChatRequest, JsonObject, Provider } from 'nexusai-hub/ports';
import { Collector } from 'nexusai-hub/provider-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { costOf } from '../../src/defaults/cost.ts';
import { cut } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { ask } from './run-fixture.ts';

/** An answer, before it is said in anybody's words. */
interface Said {
  readonly items: readonly Item[];
  readonly input: number;
  readonly cached: number;
  /** Written to a cache, for five minutes and for an hour. */
  readonly written: readonly [number, number];
  readonly output: number;
  /** What the model thought, as it is counted. */
  readonly thought: number;
  /** Sound in the prompt. */
  readonly sound: number;
  /** Where texts are cut, used in turn; never inside a character, which JSON could not hold. */
  readonly sizes: readonly number[];
}

type Item =
  | { readonly kind: 'thinking' | 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly input: object };

const text = fc.string({ unit: fc.constantFrom('a', '你', '👋🏽', '\n', '"', '\\', ' '), minLength: 1, maxLength: 12 });
const count = fc.nat({ max: 10_000 });
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({ kind: fc.constantFrom('thinking' as const, 'text' as const), text }),
  fc.record({
    kind: fc.constant('call' as const),
    name: fc.constantFrom('f', 'g'),
    input: fc.dictionary(
      fc.constantFrom('a', '城', 'c"'),
      fc.oneof(text, fc.integer(), fc.boolean(), fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }))),
    ),
  }),
);
const answers: fc.Arbitrary<Said> = fc.record({
  items: fc.array(item, { maxLength: 6 }),
  input: count.map((tokens) => tokens + 1),
  cached: count,
  written: fc.tuple(count, count),
  output: count,
  thought: count,
  sound: count,
  sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
});

function piecesOf(whole: string, sizes: readonly number[]): string[] {
  const characters = Array.from(whole);
  const pieces: string[] = [];
  for (let turn = 0; characters.length > 0; turn++)
    pieces.push(characters.splice(0, sizes[turn % sizes.length]).join(''));
  return pieces;
}

const STOPPED = { call: 'tool_use', none: 'end_turn' } as const;

/** Every kind of tokens costs something else, and more in a long prompt. */
const PRICE = {
  ...{ version: '1', input: 3, cachedInput: 0.3, cacheWrite: 3.75, cacheWrite1h: 6, audioInput: 7 },
  ...{ output: 15, reasoning: 12.5 },
  longPrompts: [
    {
      ...{ abovePromptTokens: 15_000, input: 6, cachedInput: 0.6, cacheWrite: 7.5, cacheWrite1h: 12, audioInput: 9 },
      ...{ output: 22.5, reasoning: 20 },
    },
  ],
} as const;

type Kind = Exclude<keyof typeof PRICE, 'version' | 'longPrompts'>;

/** What these tokens cost, in nano-dollars: all prices are whole ones for a token. */
function costOfTokens(prompt: number, tokens: Readonly<Partial<Record<Kind, number>>>): number {
  const [long] = PRICE.longPrompts;
  const rates = prompt > long.abovePromptTokens ? long : PRICE;
  return Object.entries(tokens).reduce((sum, [kind, count]) => sum + count * Math.round(rates[kind as Kind] * 1000), 0);
}

function anthropicCost({ input, cached, written: [short, long], output, thought }: Said): number {
  const reasoning = Math.min(thought, output);
  return costOfTokens(input + cached + short + long, {
    ...{ input, cachedInput: cached, cacheWrite: short, cacheWrite1h: long },
    ...{ output: output - reasoning, reasoning },
  });
}

/** What is cached is text first. */
function geminiCost({ input, cached, output, thought, sound }: Said): number {
  const cachedInput = Math.min(cached, input);
  const audioInput = Math.min(sound, input - cachedInput);
  const fresh = input - cachedInput - audioInput;
  return costOfTokens(input, { input: fresh, cachedInput, audioInput, output, reasoning: thought });
}

function anthropicFacts({ items, input, cached, written: [short, long], output, thought }: Said): {
  facts: object;
  reason: string;
  usage: JsonObject;
} {
  const called = items.some(({ kind }) => kind === 'call');
  return {
    facts: { id: 'msg_1', model: 'c' },
    reason: called ? STOPPED.call : STOPPED.none,
    usage: {
      input_tokens: input,
      cache_read_input_tokens: cached,
      cache_creation_input_tokens: short + long,
      cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
      output_tokens: output,
      output_tokens_details: { thinking_tokens: Math.min(thought, output) },
    },
  };
}

/** A block as a whole message has it, as a stream begins it, and the deltas between. */
function anthropicBlock(
  one: Item,
  place: number,
  sizes: readonly number[],
): { whole: object; empty: object; deltas: object[] } {
  if (one.kind === 'call') {
    const call = { type: 'tool_use', id: `t${place}`, name: one.name };
    const pieces = piecesOf(JSON.stringify(one.input), sizes);
    return {
      whole: { ...call, input: one.input },
      empty: { ...call, input: {} },
      deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    };
  }
  const pieces = piecesOf(one.text, sizes);
  if (one.kind === 'text')
    return {
      whole: { type: 'text', text: one.text },
      empty: { type: 'text', text: '' },
      deltas: pieces.map((piece) => ({ type: 'text_delta', text: piece })),
    };
  const signature = `s${place}`;
  return {
    whole: { type: 'thinking', thinking: one.text, signature },
    empty: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...pieces.map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature },
    ],
  };
}

function anthropicWhole(said: Said): object {
  const { facts, reason, usage } = anthropicFacts(said);
  const content = said.items.map((one, place) => anthropicBlock(one, place, said.sizes).whole);
  return { ...facts, content, stop_reason: reason, usage };
}

function anthropicEvents(said: Said): object[] {
  const { facts, reason, usage } = anthropicFacts(said);
  const { output_tokens: output, output_tokens_details: details, ...begun } = usage;
  const blocks = said.items.flatMap((one, index) => {
    const { empty, deltas } = anthropicBlock(one, index, said.sizes);
    return [
      { type: 'content_block_start', index, content_block: empty },
      { type: 'ping' },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ];
  });
  return [
    { type: 'message_start', message: { ...facts, usage: { ...begun, output_tokens: 1 } } },
    ...blocks,
    {
      type: 'message_delta',
      delta: { stop_reason: reason },
      usage: { output_tokens: output, output_tokens_details: details },
    },
    { type: 'message_stop' },
  ];
}

function geminiPart(one: Item, place: number): object {
  if (one.kind === 'call')
    return { functionCall: { id: `c${place}`, name: one.name, args: one.input }, thoughtSignature: 's' };
  return one.kind === 'text' ? { text: one.text } : { text: one.text, thought: true };
}

function geminiEvent(parts: object[], said: Said, share: number, more: object): object {
  const { input, cached, output, thought, sound } = said;
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
    usageMetadata: {
      promptTokenCount: input,
      cachedContentTokenCount: Math.min(cached, input),
      promptTokensDetails: [{ modality: 'AUDIO', tokenCount: Math.min(sound, input) }],
      candidatesTokenCount: Math.floor(output * share),
      thoughtsTokenCount: Math.floor(thought * share),
    },
    responseId: 'r1',
    modelVersion: 'g',
  };
}

function geminiWhole(said: Said): object {
  return geminiEvent(said.items.map(geminiPart), said, 1, { finishReason: 'STOP' });
}

function geminiEvents(said: Said): object[] {
  const parts = said.items.flatMap((one, place) =>
    one.kind === 'call'
      ? [geminiPart(one, place)]
      : piecesOf(one.text, said.sizes).map((piece) => geminiPart({ ...one, text: piece }, place)),
  );
  return [
    ...parts.map((part) => geminiEvent([part], said, 0.5, {})),
    geminiEvent([], said, 1, { finishReason: 'STOP' }),
  ];
}

interface Dialect {
  readonly make: (fetch: typeof globalThis.fetch) => Provider;
  readonly whole: (said: Said) => object;
  readonly events: (said: Said) => object[];
  /** In nano-dollars, by `PRICE`. */
  readonly cost: (said: Said) => number;
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  anthropic: {
    make: (fetch) => anthropic({ apiKey: 'k', fetch }),
    whole: anthropicWhole,
    events: anthropicEvents,
    cost: anthropicCost,
  },
  gemini: {
    make: (fetch) => gemini({ apiKey: 'k', fetch }),
    whole: geminiWhole,
    events: geminiEvents,
    cost: geminiCost,
  },
};

const REQUEST: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

async function wholeOf({ make, whole }: Dialect, said: Said): Promise<ChatCompletion> {
  const sends = [JSON.stringify(whole(said))];
  const { completion, error } = await ask(
    make(scriptedFetch({ headers: { 'content-type': 'application/json' }, sends }).fetch),
    REQUEST,
  );
  if (!completion) throw error ?? new Error('a completion was due');
  return completion;
}

async function streamedOf({ make, events }: Dialect, said: Said, size: number): Promise<ChatCompletion> {
  const bytes = events(said)
    .map((event) => `data: ${JSON.stringify(event)}\n\n`)
    .join('');
  const { chunks, error } = await ask(make(scriptedFetch({ sends: cut(bytes, size) }).fetch), {
    ...REQUEST,
    stream: true,
  });
  if (error) throw error;
  const collector = new Collector();
  for (const chunk of chunks) collector.add(chunk);
  return collector.completion();
}

describe.each(Object.entries(DIALECTS))('K2: an answer of %s', (_name, dialect) => {
  it('is the same completion with the same usage and the same cost, whole or streamed, whatever the cuts', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.integer({ min: 1, max: 400 }), async (said, size) => {
        const whole = await wholeOf(dialect, said);
        const streamed = await streamedOf(dialect, said, size);
        expect(streamed).toEqual(whole);
        expect(costOf(streamed.usage!, PRICE)).toBe(dialect.cost(said));
        expect(costOf(whole.usage!, PRICE)).toBe(dialect.cost(said));
        expect(whole.usage!.total_tokens).toBe(whole.usage!.prompt_tokens + whole.usage!.completion_tokens);
        const spoken = said.items.map((one) => (one.kind === 'text' ? one.text : '')).join('');
        expect(whole.choices[0]!.message.content ?? '').toBe(spoken);
        const calls = said.items.flatMap((one) => (one.kind === 'call' ? [JSON.stringify(one.input)] : []));
        const made = (whole.choices[0]!.message.tool_calls ?? []).map((call) =>
          call.type === 'function' ? call.function.arguments : undefined,
        );
        expect(made).toEqual(calls);
      }),
      { numRuns: 60 },
    );
  });
});
