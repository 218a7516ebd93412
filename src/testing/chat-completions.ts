import type { EmbeddingRequest } from '../openai/types.ts';
import type { FailureCause, UpstreamAnswer, UpstreamCall, UpstreamDialect, UpstreamEvent } from './dialect.ts';

const HEAD = { id: 'chatcmpl-1', created: 1_770_000_000, model: 'test-model-1' };

/** A chunk of OpenAI's family as an event, with these choices and members. */
export function chunkEvent(choices: readonly object[] | null, members: object = {}): UpstreamEvent {
  return { data: JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices, ...members }) };
}

/** A chunk with one choice. */
export function deltaEvent(delta: object | null, finish: string | null = null, members: object = {}): UpstreamEvent {
  return chunkEvent([{ index: 0, delta, finish_reason: finish }], members);
}

/** The end mark. */
export const DONE: UpstreamEvent = { data: '[DONE]' };

/** How servers of OpenAI's chat completions family say things: the dialect of the cases unless they are told another. */
export const chatCompletionsDialect: UpstreamDialect = {
  name: 'chat completions',
  hasEndMark: true,
  whole(answer) {
    const { reasoning, text, calls, finish = 'stop' } = answer;
    const message = {
      role: 'assistant',
      content: calls ? null : text.join(''),
      refusal: null,
      ...(reasoning ? { reasoning_content: reasoning.join('') } : {}),
      ...(calls ? { tool_calls: calls.map(wholeCall) } : {}),
    };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: finish }];
    return { ...HEAD, object: 'chat.completion', choices, ...usageMember(answer) };
  },
  events(answer) {
    const { reasoning = [], text, calls = [], finish } = answer;
    const spoken = [
      deltaEvent({ role: 'assistant', content: '' }),
      ...reasoning.map((piece) => deltaEvent({ reasoning_content: piece })),
      ...text.map((piece) => deltaEvent({ content: piece })),
      ...calls.flatMap(callEvents),
    ];
    if (finish === undefined) return spoken;
    const usage = answer.usage ? [chunkEvent([], usageMember(answer))] : [];
    return [...spoken, deltaEvent({}, finish), ...usage, DONE];
  },
  embeddings({ body }, vectorOf, tokens) {
    const { input, encoding_format: format, model } = JSON.parse(new TextDecoder().decode(body)) as EmbeddingRequest;
    const data = [input].flat().map((text, index) => {
      const vector = vectorOf(String(text));
      return { object: 'embedding', index, embedding: format === 'base64' ? base64Of(vector) : vector };
    });
    const used = data.length * tokens;
    return { object: 'list', data, model, usage: { prompt_tokens: used, total_tokens: used } };
  },
  models: (ids) => ({ object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 1, owned_by: 'test' })) }),
  failure(cause, words) {
    const [status, code, type] = FAILURES[cause];
    return { status, code, body: { error: { message: words, type, param: null, code } } };
  },
};

/** Little-endian float32. */
function base64Of(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}

const FAILURES: Readonly<Record<FailureCause, readonly [status: number, code: string, type: string]>> = {
  key: [401, 'invalid_api_key', 'authentication_error'],
  missing: [404, 'model_not_found', 'invalid_request_error'],
  invalid: [400, 'invalid_value', 'invalid_request_error'],
  rate: [429, 'rate_limit_exceeded', 'rate_limit_error'],
  overloaded: [503, 'server_is_overloaded', 'service_unavailable_error'],
  server: [500, 'server_error', 'server_error'],
};

function usageMember({ usage }: UpstreamAnswer): object {
  if (!usage) return {};
  const { prompt, completion } = usage;
  return { usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion } };
}

function wholeCall({ id, name, arguments: pieces }: UpstreamCall): object {
  return { id, type: 'function', function: { name, arguments: pieces.join('') } };
}

function callEvents({ id, name, arguments: pieces }: UpstreamCall, index: number): UpstreamEvent[] {
  return [
    deltaEvent({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...pieces.map((piece) => deltaEvent({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}
