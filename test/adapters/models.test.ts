import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { demo } from 'nexusai-hub/adapters/demo';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { ModelInfo, Provider } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import type { AnswerScript, RecordedRequest, UpstreamScript } from '../../src/testing/answer-script.ts';
import { type ScriptedFetch, scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { contextWith } from './context.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';

const KEY = 'canary-4f1d0c7e9b';

type Make = (fetch: typeof globalThis.fetch) => Provider;

async function listed(make: Make, script: UpstreamScript): Promise<ScriptedFetch & { models: readonly ModelInfo[] }> {
  const scripted = scriptedFetch(script);
  return { ...scripted, models: (await make(scripted.fetch).listModels?.(contextWith())) ?? [] };
}

function json(body: unknown): AnswerScript {
  return { headers: { 'content-type': 'application/json' }, sends: [JSON.stringify(body)] };
}

/** What the server was asked, without its host. */
function asked(requests: readonly RecordedRequest[]): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}

describe('models of a server of OpenAI’s family', () => {
  const fixture = fixtureOf('openai/models-list.json');

  it.each<[string, Make, string, Record<string, string>]>([
    [
      'openai',
      (fetch) => openai({ apiKey: KEY, organization: 'org-1', fetch }),
      '/v1/models',
      { authorization: `Bearer ${KEY}`, 'openai-organization': 'org-1' },
    ],
    [
      'a compatible one, without a key',
      (fetch) => openaiCompatible({ baseUrl: 'http://server.test/api/v1', fetch }),
      '/api/v1/models',
      {},
    ],
    [
      'ernie, Qianfan V2',
      (fetch) => ernie({ apiKey: `bce-v3/ALTAK-test/${KEY}`, appId: 'app-1', fetch }),
      '/v2/models',
      { authorization: `Bearer bce-v3/ALTAK-test/${KEY}`, appid: 'app-1' },
    ],
  ])('%s', async (_name, make, path, headers) => {
    const script = { headers: fixture.response.headers, sends: [bytesOf(fixture)] };
    const { models, requests } = await listed(make, script);
    expect(models).toEqual([
      { id: 'gpt-4o-mini', created: 1_721_172_741 },
      { id: 'text-embedding-3-small', created: 1_705_948_997 },
    ]);
    expect(asked(requests)).toEqual([`GET ${path}`]);
    expect(requests[0]?.headers).toMatchObject(headers);
    expect(requests[0]?.body.length).toBe(0);
    if (!('authorization' in headers)) expect(requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('may be a bare list, with times that are no whole seconds', async () => {
    const make: Make = (fetch) => openaiCompatible({ baseUrl: 'http://server.test', fetch });
    const { models } = await listed(make, json([{ id: 'a', created: 1.5 }, { id: 'b' }]));
    expect(models).toEqual([{ id: 'a', created: 1 }, { id: 'b' }]);
  });

  it('are not asked for where the server has none', () => {
    const quirks = { modelList: false };
    expect(openaiCompatible({ baseUrl: 'http://server.test', quirks }).listModels).toBeUndefined();
    expect(azure({ endpoint: 'http://server.test', apiKey: KEY }).listModels).toBeUndefined();
    expect(demo().models).toEqual(['demo']);
  });
});

describe('models of anthropic', () => {
  const page = (ids: readonly string[], hasMore: boolean): AnswerScript =>
    json({
      data: ids.map((id) => ({ type: 'model', id, display_name: id, created_at: '2025-10-01T00:00:00Z' })),
      has_more: hasMore,
      last_id: ids.at(-1) ?? null,
    });
  const make: Make = (fetch) => anthropic({ apiKey: KEY, fetch });

  it('come page by page', async () => {
    const { models, requests } = await listed(make, [page(['claude-a', 'claude/b'], true), page(['claude-c'], false)]);
    expect(models).toEqual(['claude-a', 'claude/b', 'claude-c'].map((id) => ({ id, created: 1_759_276_800 })));
    expect(asked(requests)).toEqual(['GET /v1/models?limit=1000', 'GET /v1/models?limit=1000&after_id=claude%2Fb']);
    for (const { headers } of requests)
      expect(headers).toMatchObject({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' });
  });

  it('have no time where it is none', async () => {
    const { models } = await listed(
      make,
      json({
        data: [
          { id: 'a', created_at: 'soon' },
          { id: 'b', created_at: 7 },
        ],
      }),
    );
    expect(models).toEqual([{ id: 'a' }, { id: 'b' }]);
  });

  it('end where the server never does', async () => {
    const same = await listed(make, page(['claude-a'], true));
    expect(same.requests.length).toBe(2);
    const always = await listed(make, (_request, count) => page([`claude-${count}`], true));
    expect(always.requests.length).toBe(100);
  });
});

describe('models of gemini', () => {
  const make: Make = (fetch) => gemini({ apiKey: KEY, fetch });

  it('come page by page, without their prefix, as far as they answer or embed', async () => {
    const first = {
      models: [
        { name: 'models/gemini-a', supportedGenerationMethods: ['generateContent', 'countTokens'] },
        { name: 'models/embed-b', supportedGenerationMethods: ['embedContent'] },
        { name: 'models/imagen-c', supportedGenerationMethods: ['predict'] },
      ],
      nextPageToken: 'a/b=',
    };
    const { models, requests } = await listed(make, [
      json(first),
      json({ models: [{ name: 'tunedModels/d' }] }),
      json({}),
    ]);
    expect(models.map(({ id }) => id)).toEqual(['gemini-a', 'embed-b', 'tunedModels/d']);
    expect(asked(requests)).toEqual([
      'GET /v1beta/models?pageSize=1000',
      'GET /v1beta/models?pageSize=1000&pageToken=a%2Fb%3D',
    ]);
    for (const { headers } of requests) expect(headers).toMatchObject({ 'x-goog-api-key': KEY });
  });
});

describe('models of ernie, legacy', () => {
  it('are those of its endpoints, its own first, and no server is asked', async () => {
    const { models, requests } = await listed(
      (fetch) =>
        ernie({ apiKey: 'AK', secretKey: 'SK', endpoints: { 'My-Model': 'mine', 'ernie-4.0-8k': 'other' }, fetch }),
      json({}),
    );
    const ids = models.map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['My-Model', 'ernie-4.0-8k']);
    expect(ids).toEqual(expect.arrayContaining(['ernie-3.5-8k', 'tao-8k']));
    expect([new Set(ids).size, requests.length]).toEqual([ids.length, 0]);
  });
});
