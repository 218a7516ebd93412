import { gemini } from 'nexusai-hub/adapters/gemini';
import type { EmbeddingResponse } from 'nexusai-hub/ports';
import { countTokens } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import type { AnswerScript, RecordedRequest, UpstreamScript } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { contextWith } from './context.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };

interface EmbeddingBody {
  readonly requests: readonly { readonly content: { readonly parts: readonly { readonly text: string }[] } }[];
}

function whole(value: object): AnswerScript {
  return { headers: JSON_HEADERS, sends: [JSON.stringify(value)] };
}

describe('embeddings of Gemini', () => {
  const embed = async (
    script: UpstreamScript,
    request: object,
  ): Promise<[EmbeddingResponse, readonly RecordedRequest[]]> => {
    const { fetch, requests } = scriptedFetch(script);
    const provider = gemini({ apiKey: 'k', fetch });
    return [await provider.embed!({ model: 'gemini-embedding-001', input: 'x', ...request }, contextWith()), requests];
  };
  const bodyOf = (request: RecordedRequest | undefined): EmbeddingBody => {
    const body: EmbeddingBody = JSON.parse(new TextDecoder().decode(request?.body));
    return body;
  };

  it('one text', async () => {
    const [found, [request]] = await embed(whole({ embedding: { values: [0.5, -0.5] } }), {
      input: '你好',
      dimensions: 2,
    });
    expect(request!.path).toBe('/v1beta/models/gemini-embedding-001:embedContent');
    expect(bodyOf(request)).toEqual({
      model: 'models/gemini-embedding-001',
      content: { parts: [{ text: '你好' }] },
      outputDimensionality: 2,
    });
    const { tokens } = await countTokens().count('你好', 'gemini-embedding-001');
    expect(found).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.5] }],
      model: 'gemini-embedding-001',
      usage: { prompt_tokens: tokens, total_tokens: tokens, estimated: true },
    });
  });

  it('many texts, in batches, in their order, as base64 where that is asked for', async () => {
    const script = (request: RecordedRequest): AnswerScript =>
      whole({
        embeddings: bodyOf(request).requests.map(({ content }) => ({ values: [Number(content.parts[0]!.text)] })),
        usageMetadata: { promptTokenCount: 7 },
      });
    const input = Array.from({ length: 230 }, (_, place) => String(place));
    const [found, requests] = await embed(script, { input, encoding_format: 'base64' });
    expect(requests.map((request) => [request.path.split(':')[1], bodyOf(request).requests.length])).toEqual([
      ['batchEmbedContents', 100],
      ['batchEmbedContents', 100],
      ['batchEmbedContents', 30],
    ]);
    const values = found.data.map(({ embedding }) => Buffer.from(String(embedding), 'base64').readFloatLE(0));
    expect(values).toEqual(input.map(Number));
    expect(found.usage).toEqual({ prompt_tokens: 21, total_tokens: 21 });
  });

  it('what goes wrong', async () => {
    await expect(embed(whole({}), { input: [1, 2] })).rejects.toMatchObject({
      code: 'request_invalid',
      details: { param: 'input' },
    });
    await expect(embed(whole({ embeddings: [{ values: [1] }] }), { input: ['a', 'b'] })).rejects.toMatchObject({
      code: 'malformed_response',
    });
    await expect(embed(whole([1]), {})).rejects.toMatchObject({ code: 'malformed_response' });
    await expect(
      embed({ status: 429, headers: JSON_HEADERS, sends: [bytesOf(fixtureOf('gemini/error-429-retryinfo.json'))] }, {}),
    ).rejects.toMatchObject({
      code: 'provider_rate_limited',
    });
  });
});
