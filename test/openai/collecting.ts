import fc from 'fast-check';
import { Collector } from '../../src/openai/collect.ts';
import type { ChatChunk, ChatCompletion } from '../../src/openai/types.ts';

/** What these chunks become. */
export function collect(chunks: Iterable<ChatChunk>): ChatCompletion {
  const collector = new Collector();
  for (const each of chunks) collector.add(each);
  return collector.completion();
}

/** Completions with everything the wire format has. Empty text is the one thing a stream can not tell from none. */
const text = fc.string({ unit: 'binary', minLength: 1 });
const unknown = fc.dictionary(
  fc.constantFrom('x_note', 'x_list', 'x_count'),
  fc.oneof(text, fc.array(fc.nat()), fc.nat(), fc.constant(null), fc.record({ a: fc.nat() })),
);
const token = fc.record({
  token: text,
  logprob: fc.constant(-0.5),
  bytes: fc.option(fc.array(fc.nat(255))),
  top_logprobs: fc.constant<never[]>([]),
});
const call = fc.oneof(
  fc.record({
    id: text,
    type: fc.constant('function' as const),
    function: fc.record({ name: text, arguments: fc.string() }),
  }),
  fc.record({ id: text, type: fc.constant('custom' as const), custom: fc.record({ name: text, input: fc.string() }) }),
);
const message = fc
  .tuple(
    fc.record({ role: fc.constant('assistant' as const), content: fc.option(text), refusal: fc.option(text) }),
    fc.record(
      {
        reasoning_content: fc.option(text),
        tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }),
        audio: fc.option(fc.record({ id: text, data: text, expires_at: fc.nat(), transcript: text })),
      },
      { requiredKeys: [] },
    ),
    unknown,
  )
  .map(([known, optional, others]) => ({ ...others, ...known, ...optional }));
const choice = fc
  .tuple(
    fc.record({
      message,
      finish_reason: fc.constantFrom(
        'stop' as const,
        'length' as const,
        'tool_calls' as const,
        'content_filter' as const,
      ),
      logprobs: fc.option(fc.record({ content: fc.option(fc.array(token)), refusal: fc.option(fc.array(token)) })),
    }),
    unknown,
  )
  .map(([known, others]) => ({ ...others, ...known }));
export const completions: fc.Arbitrary<ChatCompletion> = fc
  .tuple(
    fc.record({
      id: text,
      object: fc.constant('chat.completion' as const),
      created: fc.nat(),
      model: text,
      choices: fc.array(choice, { maxLength: 3 }),
    }),
    fc.record(
      {
        usage: fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat(), total_tokens: fc.nat() }),
        system_fingerprint: text,
        service_tier: fc.constantFrom('default' as const, null),
      },
      { requiredKeys: [] },
    ),
    unknown,
  )
  .map(([known, optional, others]) => ({
    ...others,
    ...known,
    ...optional,
    choices: known.choices.map((each, index) => ({ ...each, index })),
  }));
