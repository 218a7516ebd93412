import type { FailureCause, UpstreamAnswer, UpstreamDialect } from 'nexusai-hub/testing';

const HEAD = { id: 'as-1', object: 'chat.completion', created: 1_770_000_000 };

/** ERNIE's legacy interface (providers.md section 5): flat answers, errors with status 200, a token to be had first. */
export const ernieDialect: UpstreamDialect = {
  name: 'wenxinworkshop',
  hasEndMark: false,
  lacks: ['reasoning', 'parallel tool calls', 'ids of tool calls'],
  whole: (answer) => answerOf(answer, answer.text.join(''), true),
  events(answer) {
    const spoken = answer.text.map((text) => answerOf(answer, text, false));
    const events = answer.finish === undefined ? spoken : [...spoken, answerOf(answer, '', true)];
    return events.map((event, place) => ({ data: JSON.stringify({ ...event, sentence_id: place }) }));
  },
  embeddings({ body }, vectorOf, tokens) {
    const { input } = JSON.parse(new TextDecoder().decode(body)) as { input: string[] };
    if (input.length > 16) return { error_code: 336200, error_msg: 'too many inputs', id: 'as-1' };
    const data = input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }));
    const used = input.length * tokens;
    return { id: 'as-1', object: 'embedding_list', data, usage: { prompt_tokens: used, total_tokens: used } };
  },
  failure(cause, words) {
    const code = FAILURES[cause];
    return { status: 200, code: String(code), body: { error_code: code, error_msg: words, id: 'as-1' } };
  },
  aside({ path }) {
    if (!path.startsWith('/oauth/')) return undefined;
    const token = JSON.stringify({ access_token: '24.canary-token-5d2a', expires_in: 2_592_000 });
    return { headers: { 'content-type': 'application/json' }, sends: [token] };
  },
};

const FAILURES: Readonly<Record<FailureCause, number>> = {
  key: 6,
  missing: 336005,
  invalid: 336002,
  rate: 336501,
  overloaded: 336100,
  server: 336000,
};

function answerOf({ finish, calls, usage }: UpstreamAnswer, text: string, isLast: boolean): object {
  const [call] = calls ?? [];
  const named = call ? { function_call: { name: call.name, arguments: call.arguments.join(''), thoughts: '想' } } : {};
  return {
    ...HEAD,
    result: text,
    is_end: isLast,
    is_truncated: isLast && finish === 'length',
    need_clear_history: false,
    finish_reason: isLast && call ? 'function_call' : 'normal',
    ...(isLast ? named : {}),
    // Running totals come on every event.
    ...(usage
      ? {
          usage: {
            prompt_tokens: usage.prompt,
            completion_tokens: isLast ? usage.completion : 1,
            total_tokens: usage.prompt + (isLast ? usage.completion : 1),
          },
        }
      : {}),
  };
}
