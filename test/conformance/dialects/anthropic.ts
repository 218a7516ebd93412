import type { FailureCause, UpstreamAnswer, UpstreamDialect, UpstreamEvent } from 'nexusai-hub/testing';

const HEAD = { id: 'msg_1', type: 'message', role: 'assistant', model: 'test-model-1' };

const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const;

/** Anthropic's Messages (providers.md section 8). */
export const anthropicDialect: UpstreamDialect = {
  name: 'Messages',
  hasEndMark: true,
  whole(answer) {
    const { finish = 'stop' } = answer;
    return {
      ...HEAD,
      content: blocksOf(answer).map(({ whole }) => whole),
      stop_reason: STOP_REASONS[finish],
      ...usageOf(answer),
    };
  },
  events(answer) {
    const { finish } = answer;
    const blocks = blocksOf(answer).flatMap(({ start, deltas }, index) => [
      eventOf('content_block_start', { index, content_block: start }),
      ...deltas.map((delta) => eventOf('content_block_delta', { index, delta })),
      ...(finish === undefined ? [] : [eventOf('content_block_stop', { index })]),
    ]);
    const begun = [eventOf('message_start', { message: { ...HEAD, content: [] } }), eventOf('ping', {}), ...blocks];
    if (finish === undefined) return begun;
    const end = eventOf('message_delta', { delta: { stop_reason: STOP_REASONS[finish] }, ...usageOf(answer) });
    return [...begun, end, eventOf('message_stop', {})];
  },
  models(ids, { path }) {
    const after = new URL(path, 'http://any').searchParams.get('after_id');
    const page = ids.slice(after === null ? 0 : ids.indexOf(after) + 1).slice(0, 2);
    const data = page.map((id) => ({ type: 'model', id, display_name: id, created_at: '2025-10-01T00:00:00Z' }));
    return { data, has_more: page.at(-1) !== ids.at(-1), first_id: page[0] ?? null, last_id: page.at(-1) ?? null };
  },
  failure(cause, words) {
    const [status, type] = FAILURES[cause];
    return { status, code: type, body: { type: 'error', error: { type, message: words } } };
  },
  failureEvent: ({ body }) => ({ event: 'error', data: JSON.stringify(body) }),
};

const FAILURES: Readonly<Record<FailureCause, readonly [number, string]>> = {
  key: [401, 'authentication_error'],
  missing: [404, 'not_found_error'],
  invalid: [400, 'invalid_request_error'],
  rate: [429, 'rate_limit_error'],
  overloaded: [529, 'overloaded_error'],
  server: [500, 'api_error'],
};

function eventOf(type: string, members: object): UpstreamEvent {
  return { event: type, data: JSON.stringify({ type, ...members }) };
}

interface Block {
  readonly whole: object;
  readonly start: object;
  readonly deltas: readonly object[];
}

function blocksOf({ reasoning, text, calls = [] }: UpstreamAnswer): Block[] {
  const blocks: Block[] = [];
  if (reasoning)
    blocks.push({
      whole: { type: 'thinking', thinking: reasoning.join(''), signature: 's' },
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: reasoning.map((thinking) => ({ type: 'thinking_delta', thinking })),
    });
  if (text.length > 0)
    blocks.push({
      whole: { type: 'text', text: text.join('') },
      start: { type: 'text', text: '' },
      deltas: text.map((piece) => ({ type: 'text_delta', text: piece })),
    });
  for (const { id, name, arguments: pieces } of calls)
    blocks.push({
      whole: { type: 'tool_use', id, name, input: JSON.parse(pieces.join('')) as unknown },
      start: { type: 'tool_use', id, name, input: {} },
      deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    });
  return blocks;
}

function usageOf({ usage }: UpstreamAnswer): object {
  return usage ? { usage: { input_tokens: usage.prompt, output_tokens: usage.completion } } : {};
}
