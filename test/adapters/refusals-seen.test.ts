import { NexusHub } from 'nexusai-hub';
import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { Provider } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, chatFixtures, type Fixture } from './fixtures.ts';
import { requestOf } from './run-fixture.ts';

const KEY = 'canary-4f1d0c7e9b';
const baseUrl = 'http://server.test';

const ADAPTERS: Readonly<Record<string, (fetch: typeof globalThis.fetch) => Provider>> = {
  openai: (fetch) => openai({ apiKey: KEY, fetch }),
  compat: (fetch) => openaiCompatible({ baseUrl, apiKey: KEY, fetch }),
  azure: (fetch) => azure({ endpoint: baseUrl, apiKey: KEY, fetch }),
  qianfan: (fetch) => ernie({ baseUrl, apiKey: KEY, fetch }),
  anthropic: (fetch) => anthropic({ baseUrl, apiKey: KEY, fetch }),
  gemini: (fetch) => gemini({ baseUrl, apiKey: KEY, fetch }),
};

/** What a caller sees of each class of the fixtures: status and OpenAI's type, by which SDKs choose their own classes. */
const SEEN: Readonly<Record<string, readonly [status: number, type: string]>> = {
  // Our key or our account: the caller's own key is good, so that it is never a 401 or 403.
  authentication: [502, 'upstream_error'],
  permission: [502, 'upstream_error'],
  invalid_request: [400, 'invalid_request_error'],
  not_found: [404, 'invalid_request_error'],
  context_length: [400, 'invalid_request_error'],
  content_filter: [400, 'invalid_request_error'],
  rate_limit: [429, 'rate_limit_error'],
  quota: [429, 'insufficient_quota'],
  overloaded: [503, 'service_unavailable_error'],
  server: [502, 'upstream_error'],
  malformed_response: [502, 'upstream_error'],
};

async function seen(make: (fetch: typeof globalThis.fetch) => Provider, fixture: Fixture): Promise<Response> {
  const { fetch } = scriptedFetch({ ...fixture.response, sends: [bytesOf(fixture)] });
  const hub = new NexusHub({ providers: { main: make(fetch) }, routing: { maxAttempts: 1 } });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(requestOf(fixture));
  const response = await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body });
  await hub.close();
  return response;
}

describe.each(Object.entries(ADAPTERS))('%s: a refusal as the caller sees it', (dialect, make) => {
  const refusals = chatFixtures(dialect).filter(
    // Where words came first the answer has begun: its error stands in the stream.
    ({ expect: wanted }) => wanted?.outcome === 'error' && !wanted.choices.some((choice) => choice['content']),
  );

  it.each(refusals.map((fixture) => [fixture.file, fixture] as const))('%s', async (_file, fixture) => {
    const wanted = fixture.expect!.error!;
    const response = await seen(make, fixture);
    const [status, type] = SEEN[wanted.class]!;
    const text = await response.text();
    expect(response.status, text).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String), type, code: expect.any(String) } });
    expect(Object.keys(JSON.parse(text).error).sort()).toEqual(['code', 'message', 'param', 'type']);
    const shown = text + JSON.stringify([...response.headers]);
    expect(shown).not.toContain(KEY);
    expect(shown).not.toMatch(/x-ratelimit-reset-tokens|openai-organization|x-ms-/);
    if (wanted.retry_after_ms === undefined) return;
    expect(Number(response.headers.get('retry-after'))).toBe(Math.ceil(wanted.retry_after_ms / 1000));
  });

  it('are several', () => {
    expect(refusals.length).toBeGreaterThan(3);
  });
});
