import type { FailureCause, UpstreamAnswer, UpstreamDialect } from 'nexusai-hub/testing';

const HEAD = { modelVersion: 'test-model-1', responseId: 'r1' };

interface EmbedBody {
  readonly requests?: readonly EmbedBody[];
  readonly content: { readonly parts: readonly { readonly text: string }[] };
}

/** Gemini's generateContent (providers.md section 9): each event is a whole answer with new parts. */
export const geminiDialect: UpstreamDialect = {
  name: 'generateContent',
  hasEndMark: false,
  lacks: ['ids of tool calls'],
  whole: (answer) => contentOf(partsOf(answer, [answer.text.join('')]), answer.finish ?? 'stop', answer.usage),
  events(answer) {
    const { finish, usage } = answer;
    const parts = partsOf(answer, answer.text);
    const spoken = parts.map((part) => contentOf([part], undefined, undefined));
    const end = finish === undefined ? [] : [contentOf([], finish, usage)];
    return [...spoken, ...end].map((value) => ({ data: JSON.stringify(value) }));
  },
  embeddings({ body }, vectorOf, tokens) {
    const { requests, content } = JSON.parse(new TextDecoder().decode(body)) as EmbedBody;
    const contents = requests?.map((request) => request.content) ?? [content];
    const vectors = contents.map(({ parts }) => ({ values: vectorOf(parts.map(({ text }) => text).join('')) }));
    const usageMetadata = { promptTokenCount: vectors.length * tokens };
    return { ...(requests ? { embeddings: vectors } : { embedding: vectors[0] }), usageMetadata };
  },
  models(ids, { path }) {
    const from = Number(new URL(path, 'http://any').searchParams.get('pageToken') ?? 0);
    const page = ids.slice(from, from + 2);
    if (page.length === 0) return {};
    const models = page.map((id) => ({ name: `models/${id}`, supportedGenerationMethods: ['generateContent'] }));
    return { models, ...(from + 2 < ids.length ? { nextPageToken: String(from + 2) } : {}) };
  },
  failure(cause, words) {
    const [code, status, reason] = FAILURES[cause];
    const details = reason === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }];
    return { status: code, code: String(code), body: { error: { code, message: words, status, details } } };
  },
};

const FAILURES: Readonly<Record<FailureCause, readonly [number, string, string?]>> = {
  key: [400, 'INVALID_ARGUMENT', 'API_KEY_INVALID'],
  missing: [404, 'NOT_FOUND'],
  invalid: [400, 'INVALID_ARGUMENT'],
  rate: [429, 'RESOURCE_EXHAUSTED'],
  overloaded: [503, 'UNAVAILABLE'],
  server: [500, 'INTERNAL'],
};

function partsOf({ reasoning = [], calls = [] }: UpstreamAnswer, texts: readonly string[]): object[] {
  return [
    ...reasoning.map((text) => ({ text, thought: true })),
    ...texts.filter((text) => text !== '').map((text) => ({ text })),
    ...calls.map((call) => ({
      functionCall: { name: call.name, args: JSON.parse(call.arguments.join('')) as unknown },
    })),
  ];
}

function contentOf(parts: readonly object[], finish: UpstreamAnswer['finish'], usage: UpstreamAnswer['usage']): object {
  const reason = finish === undefined ? {} : { finishReason: finish === 'length' ? 'MAX_TOKENS' : 'STOP' };
  const candidates = [{ content: { parts, role: 'model' }, index: 0, ...reason }];
  if (!usage) return { ...HEAD, candidates };
  const { prompt, completion } = usage;
  const counts = { promptTokenCount: prompt, candidatesTokenCount: completion, totalTokenCount: prompt + completion };
  return { ...HEAD, candidates, usageMetadata: counts };
}
