import { answerInfo, isNexusError, NexusHub } from 'nexusai-hub';
import type { AnswerHead, ChatStream, NexusErrorCode, OperationEvent, OperationStream } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import { openai } from 'nexusai-hub/adapters/openai';
import type { CacheKey, ChatChunk, ChatCompletion, ChatMessage, Provider } from 'nexusai-hub/ports';
import { describe, expectTypeOf, it } from 'vitest';

import { cacheKeyOf, type CacheScope } from '../../src/cache-key.ts';

const messages: ChatMessage[] = [{ role: 'user', content: 'Hello' }];
declare const wantsStream: boolean;

describe('a hub, without a generic written by its user', () => {
  const hub = new NexusHub({
    providers: { main: openai({ apiKey: 'any' }), spare: demo() },
    models: {
      'gpt-4o': ['main', { provider: 'spare', model: 'demo', weight: 0 }],
      fast: 'main',
      own: { provider: 'spare', model: 'demo', tier: 2, when: { metadata: { team: ['a', 'b'] }, streamed: true } },
    },
    fallbacks: { fast: ['own', { model: 'gpt-4o', on: ['context_length'] }], own: 'gpt-4o' },
    flow: { maxConcurrency: 100, byProvider: { spare: { maxQueue: 0 } } },
  });

  it('answers plainly with a completion', () => {
    const answer = hub.chat.completions.create({ model: 'fast', messages });
    expectTypeOf(answer).resolves.toEqualTypeOf<ChatCompletion>();
    expectTypeOf(
      hub.chat.completions.create({ model: 'fast', messages, stream: false }),
    ).resolves.toEqualTypeOf<ChatCompletion>();
  });

  it('streams chunks', () => {
    const stream = hub.chat.completions.create({ model: 'fast', messages, stream: true });
    expectTypeOf(stream).resolves.toEqualTypeOf<ChatStream>();
    expectTypeOf<ChatStream>().toExtend<AsyncIterable<ChatChunk>>();
    expectTypeOf<ChatStream['controller']>().toEqualTypeOf<AbortController>();
  });

  it('leaves it open where the program does', () => {
    const either = hub.chat.completions.create({ model: 'fast', messages, stream: wantsStream });
    expectTypeOf(either).resolves.toEqualTypeOf<ChatCompletion | ChatStream>();
  });

  it('takes members it does not know from a value, and a signal', () => {
    const request = { model: 'fast', messages, top_k: 40 };
    expectTypeOf(
      hub.chat.completions.create(request, { signal: new AbortController().signal }),
    ).resolves.toEqualTypeOf<ChatCompletion>();
  });

  it('gives speech as a text where that is asked for, and streams events', () => {
    const speech = { model: 'whisper-1', file: new Blob([]) };
    const subtitles = hub.audio.transcriptions.create({ ...speech, response_format: 'srt' });
    expectTypeOf(subtitles).resolves.toBeString();
    const events = hub.audio.transcriptions.create({ ...speech, stream: true });
    expectTypeOf(events).resolves.toEqualTypeOf<OperationStream<OperationEvent>>();
  });

  it('tells how an answer came about', () => {
    expectTypeOf(answerInfo).returns.toEqualTypeOf<AnswerHead | undefined>();
  });

  it('is a hub for functions that take any', () => {
    expectTypeOf(hub).toExtend<NexusHub>();
  });
});

describe('an error', () => {
  it('is told by its code', () => {
    const caught: unknown = new Error('any');
    if (isNexusError(caught)) expectTypeOf(caught.code).toEqualTypeOf<NexusErrorCode>();
    // @ts-expect-error: no such code
    const wrong: NexusErrorCode = 'provider_asleep';
    expectTypeOf(wrong).toBeString();
  });
});

describe('a provider', () => {
  it('is a value with one verb, and wrapping it keeps its type', () => {
    const quiet: Provider = { kind: 'quiet', open: async () => demo().open({ model: 'm', messages: [] }, context) };
    const twice = (inner: Provider): Provider => ({ ...inner, kind: `twice ${inner.kind}` });
    expectTypeOf(twice(quiet)).toEqualTypeOf<Provider>();
  });
});

declare const context: Parameters<Provider['open']>[1];

describe('what does not compile', () => {
  const providers = { main: demo() };

  it('a route to a provider that does not exist', () => {
    // @ts-expect-error: there is no "spare"
    new NexusHub({ providers, models: { m: 'spare' } });
    // @ts-expect-error: nor in a list
    new NexusHub({ providers, models: { m: ['main', 'spare'] } });
    // @ts-expect-error: nor in full
    new NexusHub({ providers, models: { m: { provider: 'spare' } } });
    // @ts-expect-error: nor as an exception to the bounds
    new NexusHub({ providers, flow: { byProvider: { spare: { maxQueue: 1 } } } });
    // @ts-expect-error: nor with prices of its own
    new NexusHub({ providers, prices: { byProvider: { spare: { m: { input: 1, output: 2 } } } } });
  });

  it('a misspelt option', () => {
    // @ts-expect-error: it is maxAttempts
    new NexusHub({ providers, routing: { maxAttemps: 1 } });
    // @ts-expect-error: it is timeouts
    new NexusHub({ providers, timeout: { idleMs: 1 } });
    // @ts-expect-error: it is idleMs
    new NexusHub({ providers, timeouts: { idle: 1 } });
    // @ts-expect-error: weight is a number
    new NexusHub({ providers, models: { m: { provider: 'main', weight: '1' } } });
    // @ts-expect-error: it is requestsPerMinute
    new NexusHub({ providers, keys: [{ name: 'app', key: 'long enough', rpm: 1 }] });
    // @ts-expect-error: a price has an output
    new NexusHub({ providers, prices: { models: { m: { input: 1 } } } });
    // @ts-expect-error: it is apiKey
    openai({ key: 'any' });
    // @ts-expect-error: a pace it does not know
    demo({ pace: 'slow' });
  });

  it('a hub without providers, or with something else for one', () => {
    // @ts-expect-error: providers are needed
    new NexusHub({});
    // @ts-expect-error: nothing to open
    new NexusHub({ providers: { main: { kind: 'closed' } } });
  });

  it('a request of another operation without what it needs', () => {
    const hub = new NexusHub({ providers });
    // @ts-expect-error: a prompt is needed
    void hub.completions.create({ model: 'm' });
    // @ts-expect-error: so is a file
    void hub.audio.transcriptions.create({ model: 'm' });
    // @ts-expect-error: a path is no file
    void hub.audio.translations.create({ model: 'm', file: 'speech.mp3' });
    // @ts-expect-error: an input has no numbers
    void hub.responses.create({ model: 'm', input: 7 });
  });

  it('a request that no provider could answer', () => {
    const { completions } = new NexusHub({ providers }).chat;
    // @ts-expect-error: messages are needed
    void completions.create({ model: 'm' });
    // @ts-expect-error: no such role
    void completions.create({ model: 'm', messages: [{ role: 'robot', content: 'Hello' }] });
  });
});

describe('X6: what an answer is kept under', () => {
  it('cannot be made without saying whose it is', () => {
    expectTypeOf<{ digest: string }>().not.toExtend<CacheKey>();
    expectTypeOf<{ digest: string; scope: undefined }>().not.toExtend<CacheKey>();
    expectTypeOf<{ digest: string; scope: string }>().toExtend<CacheKey>();
    expectTypeOf(cacheKeyOf).parameter(0).toEqualTypeOf<CacheScope>();
    expectTypeOf<{ of: 'caller' }>().not.toExtend<CacheScope>();
  });
});
