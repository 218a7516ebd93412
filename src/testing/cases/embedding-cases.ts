import type { NexusError, NexusErrorCode } from '../../errors.ts';
import type { EmbeddingRequest, EmbeddingResponse } from '../../openai/types.ts';
import type { ProviderContext } from '../../ports/index.ts';
import { cut } from '../answer-script.ts';
import { CODE_OF_CAUSE } from '../dialect.ts';
import { apart, type CaseRun, contextOf, JSON_HEADERS, settled } from './case-run.ts';
import { expectError, expectLettingGo } from './letting-go.ts';
import { expectSame } from './reading.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

/** Tokens each text costs. */
const TOKENS = 3;
const TEXTS = ['héllo', '你好', '👋🏽'];

/** What a provider that has embeddings has to make of them. */
export const embeddingCases: UpstreamCases = about({
  'embed-numbers': {
    name: 'each text has its vector, in their order, and the usage is that of the server',
    check: async (run) => {
      playVectors(run);
      for (const input of [TEXTS, TEXTS.slice(0, 1)]) await expectVectors(run, { model: 'test-model', input });
      expectSame('one text', vectorsIn(await embedded(run, { model: 'test-model', input: '你好' })), [
        vectorOf('你好'),
      ]);
    },
  },
  'embed-base64': {
    name: 'base64 is little-endian float32',
    check: async (run) => {
      playVectors(run);
      await expectVectors(run, { model: 'test-model', input: TEXTS, encoding_format: 'base64' });
    },
  },
  'embed-many': {
    name: 'so many texts that a server wants them in several requests are one answer',
    check: async (run) => {
      playVectors(run);
      const input = Array.from({ length: 150 }, (_, place) => `text ${place}`);
      await expectVectors(run, { model: 'test-model', input });
    },
  },
  'embed-byte-by-byte': {
    lesson: 'S1',
    name: 'an answer that comes byte by byte, behind blank lines, is the same',
    check: async (run) => {
      run.play((request) => ({ headers: JSON_HEADERS, sends: apart(['\n\n', ...cut(answerTo(run, request), 1)]) }));
      await expectVectors(run, { model: 'test-model', input: TEXTS });
    },
  },
  'embed-refused': {
    lesson: 'E1',
    name: 'a refusal is the error it is for chat, also with status 200',
    check: async (run) => {
      for (const cause of ['key', 'missing', 'rate', 'overloaded', 'server'] as const) {
        const failure = run.dialect.failure(cause, `words about ${cause}`);
        run.playFailure(failure, cause === 'rate' ? { 'retry-after': '7' } : {});
        const { details } = await refusalOf(run, CODE_OF_CAUSE[cause]);
        expectSame('provider code', details.providerCode, failure.code);
        if (cause === 'rate') expectSame('retryAfterMs', details.retryAfterMs, 7000);
      }
      run.playFailure({ ...run.dialect.failure('rate', 'slow down'), status: 200 });
      await refusalOf(run, 'provider_rate_limited');
    },
  },
  'embed-unreadable': {
    lesson: 'E2',
    name: 'HTML, half a JSON and an answer without embeddings are malformed_response',
    check: async (run) => {
      for (const text of ['<html></html>', '{"data":[', '{"data":"none"}', '{}', '[]', '']) {
        run.play({ headers: JSON_HEADERS, sends: [text] });
        await refusalOf(run, 'malformed_response');
      }
    },
  },
  'embed-broken': {
    lesson: 'S4',
    name: 'an answer that breaks off is an error, and so is none',
    check: async (run) => {
      run.play((request) => {
        const text = answerTo(run, request);
        return { headers: JSON_HEADERS, sends: [text.slice(0, text.length / 2), settled], then: 'break' };
      });
      await refusalOf(run, 'stream_interrupted');
      run.play({ silent: true, then: 'break' });
      await refusalOf(run, 'provider_unavailable');
    },
  },
  'embed-left': {
    lesson: 'C2',
    name: 'embeddings that are not wanted any more let go of their connection',
    check: async (run) => {
      run.play({ holdHead: new Promise(() => {}) });
      await expectLettingGo(run, (changes) => asked(run, { model: 'test-model', input: TEXTS }, changes));
    },
  },
});

function about(cases: UpstreamCases): UpstreamCases {
  return Object.fromEntries(
    Object.entries(cases).map(([id, one]): [string, UpstreamCase] => [
      id,
      { ...one, verb: 'embed', needs: 'embeddings' },
    ]),
  );
}

/** Numbers that a float of 32 bits has exactly, and that tell the text. */
function vectorOf(text: string): readonly number[] {
  return [text.length, 0.5, -(text.codePointAt(0) ?? 0), Number(text.replaceAll(/\D/g, '')) / 4];
}

function answerTo({ dialect }: CaseRun, request: Parameters<NonNullable<CaseRun['dialect']['embeddings']>>[0]): string {
  return JSON.stringify(dialect.embeddings?.(request, vectorOf, TOKENS));
}

function playVectors(run: CaseRun): void {
  run.play((request) => ({ headers: JSON_HEADERS, sends: [answerTo(run, request)] }));
}

async function asked(
  run: CaseRun,
  request: EmbeddingRequest,
  changes: Partial<ProviderContext> = {},
): Promise<{ readonly answer: EmbeddingResponse | undefined; readonly error: NexusError | undefined }> {
  try {
    const told = Promise.resolve(run.provider.embed?.(request, contextOf(changes)));
    return { answer: await run.within(told, 'embeddings or an error'), error: undefined };
  } catch (cause) {
    return { answer: undefined, error: run.failureOf(cause) };
  }
}

async function embedded(run: CaseRun, request: EmbeddingRequest): Promise<EmbeddingResponse> {
  const { answer, error } = await asked(run, request);
  if (answer) return answer;
  const came = error ? `${error.code} ("${error.message}")` : 'nothing';
  throw new Error(`Expected embeddings; came ${came}.`, { cause: error });
}

async function expectVectors(run: CaseRun, request: EmbeddingRequest & { input: string[] }): Promise<void> {
  const answer = await embedded(run, request);
  expectSame('object', answer.object, 'list');
  expectSame(
    'indexes',
    answer.data.map(({ index }) => index),
    [...request.input.keys()],
  );
  const isBase64 = request.encoding_format === 'base64';
  for (const { embedding } of answer.data) expectSame('is base64', typeof embedding === 'string', isBase64);
  expectSame('vectors', vectorsIn(answer), request.input.map(vectorOf));
  const tokens = request.input.length * TOKENS;
  expectSame('usage', [answer.usage.prompt_tokens, answer.usage.total_tokens], [tokens, tokens]);
}

function vectorsIn({ data }: EmbeddingResponse): number[][] {
  return data.map(({ embedding }) => (typeof embedding === 'string' ? floatsIn(embedding) : embedding));
}

function floatsIn(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4));
}

async function refusalOf(run: CaseRun, code: NexusErrorCode): Promise<NexusError> {
  return expectError((await asked(run, { model: 'test-model', input: TEXTS })).error, code);
}
