import { inspect } from 'node:util';

import { anthropic, type AnthropicOptions } from 'nexusai-hub/adapters/anthropic';
import type { ChatRequest, Provider } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import type { AnswerScript } from '../../src/testing/answer-script.ts';
import { type ScriptedFetch, scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask, type Result } from './run-fixture.ts';

const KEY = 'canary-4f1d0c7e9b';
const REQUEST: ChatRequest = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: '你好' }] };
const JSON_HEADERS = { 'content-type': 'application/json' };

function anthropicWith(
  script: AnswerScript,
  options: Partial<AnthropicOptions> = {},
): ScriptedFetch & { provider: Provider } {
  const scripted = scriptedFetch(script);
  return { ...scripted, provider: anthropic({ apiKey: KEY, fetch: scripted.fetch, ...options }) };
}

function answer(file: string): AnswerScript {
  const fixture = fixtureOf(file);
  return { status: fixture.response.status, headers: fixture.response.headers, sends: [bytesOf(fixture)] };
}

/** A stream of events, each named by its type. */
function events(...list: object[]): AnswerScript {
  return { sends: [list.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join('')] };
}

function whole(value: object): AnswerScript {
  return { headers: JSON_HEADERS, sends: [JSON.stringify(value)] };
}

const START = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'c', usage: { input_tokens: 5, output_tokens: 1 } },
};
const STOP = { type: 'message_stop' };

function block(index: number, content: object, ...deltas: object[]): object[] {
  return [
    { type: 'content_block_start', index, content_block: content },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function ended(reason: string, usage: object = { output_tokens: 9 }): object {
  return { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage };
}

async function streamed(script: AnswerScript, request: Partial<ChatRequest> = {}): Promise<Result> {
  return ask(anthropicWith(script).provider, { ...REQUEST, ...request, stream: true });
}

describe('answers of Anthropic', () => {
  it('thinking comes as reasoning, and whole with its signature, to be sent back', async () => {
    const { chunks } = await streamed(answer('anthropic/stream-thinking.sse'));
    const blocks = chunks.flatMap(({ choices }) =>
      choices.flatMap(({ delta }) => ('thinking_blocks' in delta ? delta.thinking_blocks : [])),
    );
    expect(blocks).toEqual([
      {
        type: 'thinking',
        thinking: 'The user wants 17×23. 17×23 = 391.',
        signature: 'EqoBCkgIARABGAIiQExampleSignature==',
      },
    ]);
  });

  it('sealed thinking is kept; tools Anthropic runs itself are no calls; what is new is passed over', async () => {
    const content = [
      { type: 'redacted_thinking', data: 'xyz' },
      { type: 'server_tool_use', id: 'srv', name: 'web_search', input: { q: 'x' } },
      { type: 'web_search_tool_result', tool_use_id: 'srv', content: [] },
      { type: 'text', text: 'found' },
    ];
    const { completion } = await ask(
      anthropicWith(whole({ id: 'm', type: 'message', model: 'c', content, stop_reason: 'pause_turn' })).provider,
      REQUEST,
    );
    expect(completion!.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: 'found', refusal: null, thinking_blocks: [content[0]] },
        finish_reason: 'stop',
        native_finish_reason: 'pause_turn',
        logprobs: null,
      },
    ]);
    expect(completion).not.toHaveProperty('usage');
    const { chunks, error } = await streamed(
      events(
        START,
        { type: 'new_thing' },
        ...block(0, content[1]!, { type: 'input_json_delta', partial_json: '{}' }),
        ...block(1, { type: 'text', text: '' }, { type: 'new_delta' }, { type: 'text_delta', text: 'ok' }),
        ended('end_turn'),
        STOP,
      ),
    );
    expect(error).toBeUndefined();
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'ok' },
      {},
      undefined,
    ]);
  });

  it('S7: arguments of a whole answer keep their digits; a block nobody closed is closed with the answer', async () => {
    const use = '{"type":"tool_use","id":"t1","name":"f","input":{"id": 12345678901234567890, "x": 1.0}}';
    const script = {
      headers: JSON_HEADERS,
      sends: [`{"id":"m","model":"c","content":[${use}],"stop_reason":"tool_use"}`],
    };
    const { completion } = await ask(anthropicWith(script).provider, REQUEST);
    expect(completion!.choices[0]!.message.tool_calls).toEqual([
      { id: 't1', type: 'function', function: { name: 'f', arguments: '{"id":12345678901234567890,"x":1.0}' } },
    ]);
    const [open] = block(0, { type: 'tool_use', id: 't2', name: 'g', input: {} });
    const { chunks } = await streamed(events(START, open!, ended('tool_use'), STOP));
    const texts = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(texts.map((call) => call.function?.arguments)).toEqual(['', '{}']);
  });

  it('the tool that stands for a format is the content of the answer', async () => {
    const request: Partial<ChatRequest> = { response_format: { type: 'json_object' } };
    const deltas = ['{"a"', ':1}'].map((text) => ({ type: 'input_json_delta', partial_json: text }));
    const { chunks } = await streamed(
      events(
        START,
        ...block(0, { type: 'tool_use', id: 't', name: 'json', input: {} }, ...deltas),
        ended('tool_use'),
        STOP,
      ),
      request,
    );
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('{"a":1}');
    expect(chunks.at(-2)!.choices[0]).toMatchObject({ finish_reason: 'stop', native_finish_reason: 'tool_use' });
    const content = [{ type: 'tool_use', id: 't', name: 'json', input: { a: 1 } }];
    const { completion } = await ask(
      anthropicWith(whole({ id: 'm', model: 'c', content, stop_reason: 'tool_use' })).provider,
      { ...REQUEST, ...request },
    );
    expect(completion!.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '{"a":1}' } });
    expect(completion!.choices[0]!.message.tool_calls).toBeUndefined();
  });

  it('K1: what was read from the cache and written to it is part of the prompt, each told apart', async () => {
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 3000,
      cache_creation: { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 },
      output_tokens: 40,
      output_tokens_details: { thinking_tokens: 15 },
    };
    const { completion } = await ask(
      anthropicWith(whole({ id: 'm', model: 'c', content: [], stop_reason: 'end_turn', usage })).provider,
      REQUEST,
    );
    expect(completion!.usage).toEqual({
      prompt_tokens: 3210,
      completion_tokens: 40,
      total_tokens: 3250,
      prompt_tokens_details: { cached_tokens: 3000, cache_write_tokens: 200 },
      completion_tokens_details: { reasoning_tokens: 15 },
      cache_creation: usage.cache_creation,
    });
  });

  it('S10: running totals replace each other, also those of the prompt', async () => {
    const { chunks } = await streamed(
      events(START, ended('end_turn', { input_tokens: 7, cache_read_input_tokens: null, output_tokens: 30 }), STOP),
    );
    expect(chunks.at(-1)!.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 30, total_tokens: 37 });
  });

  it('S11: where nothing was counted there is no usage', async () => {
    const { chunks } = await streamed(
      events({ type: 'message_start', message: { id: 'm' } }, ended('end_turn', {}), STOP),
    );
    expect(chunks.some(({ usage }) => usage)).toBe(false);
  });

  it('S4: an answer that ends before its reason is broken off; one that has it is complete without the end mark', async () => {
    const cut = await streamed(events(START, ...block(0, { type: 'text', text: 'half' })));
    expect(cut.error?.code).toBe('stream_interrupted');
    expect((await streamed(events(START, ended('end_turn')))).error).toBeUndefined();
  });

  it('the end mark is the end, also when the connection stays open', async () => {
    const script: AnswerScript = { ...events(START, ended('end_turn'), STOP), then: 'hang' };
    const { error, chunks } = await streamed(script);
    expect(error).toBeUndefined();
    expect(chunks.at(-1)!.usage).toBeDefined();
  });

  it('S5: an error that comes first comes without content; R8: by its own name, whatever the status', async () => {
    const error = { type: 'error', error: { type: 'rate_limit_error', message: 'slow' } };
    const first = await streamed(events(error));
    expect(first).toMatchObject({ chunks: [], error: { code: 'provider_rate_limited' } });
    expect((await ask(anthropicWith(whole(error)).provider, REQUEST)).error?.code).toBe('provider_rate_limited');
  });

  it.each([
    ['billing_error', 'provider_quota_exhausted'],
    ['authentication_error', 'provider_denied'],
    ['permission_error', 'provider_denied'],
    ['not_found_error', 'provider_not_found'],
    ['invalid_request_error', 'provider_rejected'],
    ['overloaded_error', 'provider_overloaded'],
    ['api_error', 'provider_unavailable'],
    ['timeout_error', 'provider_unavailable'],
  ])('R8: %s inside a stream is %s', async (type, code) => {
    const { error } = await streamed(events(START, { type: 'error', error: { type, message: 'm' } }));
    expect(error).toMatchObject({ code, details: { providerCode: type, providerMessage: 'm' } });
  });

  it('S6: an empty stream says so at once', async () => {
    expect((await streamed({ sends: [] })).error?.code).toBe('empty_stream');
    expect((await streamed({ sends: ['event: ping\ndata: {"type":"ping"}\n\n'] })).error?.code).toBe('empty_stream');
  });

  it('E2: a page of HTML, and an object that is no message', async () => {
    const html = { headers: { 'content-type': 'text/html' }, sends: ['<html>gateway</html>'] };
    expect((await streamed(html)).error?.code).toBe('malformed_response');
    expect((await ask(anthropicWith(whole({ hello: 1 })).provider, REQUEST)).error?.code).toBe('malformed_response');
  });

  it('R6: the reset of an exhausted bucket is the wait, by the server’s clock', async () => {
    const headers = {
      ...JSON_HEADERS,
      date: 'Mon, 02 Feb 2026 08:00:00 GMT',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-02-02T08:00:42Z',
      'anthropic-ratelimit-tokens-remaining': '5',
      'anthropic-ratelimit-tokens-reset': '2026-02-02T09:00:00Z',
    };
    const body = JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'm' } });
    const { error } = await ask(anthropicWith({ status: 429, headers, sends: [body] }).provider, REQUEST);
    expect(error!.details.retryAfterMs).toBe(42_000);
  });

  it('X1, X2: the key shows nowhere: not in the value, not in an error that repeats it, not in a URL', async () => {
    const body = JSON.stringify({ type: 'error', error: { type: 'authentication_error', message: `bad key ${KEY}` } });
    const { provider, requests } = anthropicWith({ status: 401, headers: JSON_HEADERS, sends: [body] });
    const { error } = await ask(provider, REQUEST);
    expect(error).toMatchObject({ code: 'provider_denied', status: 502 });
    expect(inspect([error, provider], { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain(KEY);
    expect(requests[0]!.path).not.toContain(KEY);
  });
});
