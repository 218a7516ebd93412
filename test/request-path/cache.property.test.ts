import fc from 'fast-check';
import { memoryAnswerCache } from 'nexusai-hub';
import type { ChatChunk, ChatCompletion, CompletionChoice } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { expect, it } from 'vitest';

import { Collector } from '../../src/openai/collect.ts';
import { cacheKeyOf } from '../../src/cache-key.ts';
import { keepBooks, checkBooks } from './books.ts';
import { harness, PLAIN, STREAM } from './harness.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const logprob = fc.record({ token: text, logprob: fc.double({ min: -50, max: -0.001, noNaN: true }) });

const choice: fc.Arbitrary<Omit<CompletionChoice, 'index'>> = fc
  .record({
    content: fc.option(text),
    reasoning: fc.option(text),
    calls: fc.array(fc.record({ name: text, arguments: fc.json() }), { maxLength: 2 }),
    probabilities: fc.option(fc.array(logprob, { minLength: 1, maxLength: 3 })),
  })
  .filter(({ content, calls }) => content !== null || calls.length > 0)
  .map(({ content, reasoning, calls, probabilities }) => ({
    message: {
      role: 'assistant',
      content,
      refusal: null,
      ...(reasoning === null ? {} : { reasoning_content: reasoning }),
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map((called, place) => ({
              id: `call_${place}`,
              type: 'function' as const,
              function: called,
            })),
          }),
    },
    finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
    logprobs: probabilities && {
      content: probabilities.map((one) => ({ ...one, bytes: null, top_logprobs: [] })),
      refusal: null,
    },
  }));

const completion: fc.Arbitrary<ChatCompletion> = fc
  .record({
    choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
    prompt: fc.integer({ min: 1, max: 9_000 }),
    answer: fc.nat(9_000),
    fingerprint: text,
  })
  .map(({ choices, prompt, answer, fingerprint }) => ({
    id: 'chatcmpl-first',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'upstream',
    choices: choices.map((one, index) => ({ ...one, index })),
    usage: { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer },
    system_fingerprint: fingerprint,
  }));

/** What an answer says, whatever form it came in. */
async function saidIn(answer: ChatCompletion | AsyncIterable<ChatChunk>): Promise<object> {
  let whole: ChatCompletion;
  if (Symbol.asyncIterator in answer) {
    const collector = new Collector();
    for await (const chunk of answer) collector.add(chunk);
    whole = collector.completion();
  } else whole = answer;
  const { id: _id, created: _created, ...said } = whole;
  return said;
}

it('a hit is the first answer but for its id and time, whole and streamed, and the books balance', async () => {
  await fc.assert(
    fc.asyncProperty(completion, fc.array(fc.boolean(), { minLength: 2, maxLength: 5 }), async (made, forms) => {
      const main = scriptedProvider({ completes: made });
      const books = keepBooks();
      const { hub } = harness({ main }, { cache: {} }, books);
      const said: object[] = [];
      for (const isStreamed of forms) {
        const body = isStreamed ? { ...STREAM, stream_options: { include_usage: true } } : PLAIN;
        said.push(await saidIn(await hub.chat.completions.create(body)));
      }
      const [first] = said;
      for (const one of said) expect(one).toEqual(first);
      expect(main.calls).toHaveLength(1);
      expect(books.settledWith.slice(1).every((usage) => usage?.total_tokens === 0)).toBe(true);
      checkBooks(books, forms.length);
      await hub.close();
    }),
    { numRuns: 60 },
  );
});

const json = fc.jsonValue({ maxDepth: 3 });
const body = fc
  .dictionary(fc.constantFrom('a', 'b', 'tools', 'n', '__proto__', 'toString'), json, { maxKeys: 4 })
  .map((members) => ({ ...PLAIN, ...members }));
const scope = fc.oneof(
  fc.constant({ of: 'hub' } as const),
  fc.record({ of: fc.constant('caller' as const), callerId: fc.constantFrom('', 'hub', 'a', 'a\n', 'caller:a') }),
);

it('X6: two requests have one key only if they say the same, for the same caller', () => {
  const keyOf = (of: typeof scope extends fc.Arbitrary<infer Scope> ? Scope : never, request: typeof PLAIN) =>
    cacheKeyOf(of, { operation: 'chat', credentials: { via: 'process' }, request }, []);
  fc.assert(
    fc.property(fc.tuple(scope, body), fc.tuple(scope, body), ([oneScope, one], [otherScope, other]) => {
      const [key, otherKey] = [keyOf(oneScope, one), keyOf(otherScope, other)];
      fc.pre(key !== undefined && otherKey !== undefined);
      const shown = (of: object, value: object): string =>
        JSON.stringify([sorted({ ...of }), sorted(JSON.parse(JSON.stringify(value)))]);
      const isSame = shown(oneScope, one) === shown(otherScope, other);
      expect(key?.digest === otherKey?.digest).toBe(isSame);
      const turned = Object.fromEntries(Object.entries(one).reverse()) as typeof one;
      expect(keyOf(oneScope, turned)).toEqual(key);
    }),
    { numRuns: 500 },
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}

it('whatever a cache gives back is an answer or a miss, never an error', async () => {
  const clock = manualClock();
  const cache = memoryAnswerCache(clock);
  let spoil = (kept: string): string => kept;
  const main = scriptedProvider({ says: 'Hi', usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
  const spoilt = {
    get: async (key: Parameters<typeof cache.get>[0]) => {
      const kept = await cache.get(key);
      return kept === undefined ? undefined : spoil(kept);
    },
    set: cache.set.bind(cache),
  };
  const { hub } = harness({ main }, { cache: {}, answerCache: spoilt });
  const damage = fc.oneof(
    fc.tuple(fc.nat(), fc.nat(20)).map(([at, many]) => (kept: string): string => {
      const place = at % kept.length;
      return kept.slice(0, place) + kept.slice(place + many);
    }),
    fc.tuple(fc.nat(), fc.string()).map(([at, more]) => (kept: string): string => {
      const place = at % kept.length;
      return kept.slice(0, place) + more + kept.slice(place);
    }),
    fc.json().map(
      (other) =>
        (kept: string): string =>
          `${kept.slice(0, kept.indexOf('\n'))}\n${other}`,
    ),
    fc.json().map(
      (other) =>
        (kept: string): string =>
          `${other}${kept.slice(kept.indexOf('\n'))}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(damage, fc.boolean(), async (one, isStreamed) => {
      spoil = one;
      await saidIn(await hub.chat.completions.create(isStreamed ? STREAM : PLAIN));
    }),
    { numRuns: 300 },
  );
  await hub.close();
});
