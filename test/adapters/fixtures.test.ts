import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Provider } from 'nexusai-hub/ports';
import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AnswerScript, cut, type RecordedRequest } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { allFixtures, bytesOf, chatFixtures, type Fixture, fixtureOf } from './fixtures.ts';
import { ask, expectAsManifestSays, requestOf } from './run-fixture.ts';

const CUTS: readonly { readonly name: string; readonly sizes: readonly [number, ...number[]] }[] = [
  { name: 'whole', sizes: [1e9] },
  { name: 'byte by byte', sizes: [1] },
  { name: 'in sevens', sizes: [7] },
  { name: 'at odd cuts', sizes: [3, 1, 250, 17] },
];

/** Where the requests go: a `fetch`, or the URL of a server. */
type Way = Partial<Record<'baseUrl', string> & Record<'fetch', typeof globalThis.fetch>>;

const ADAPTERS: Readonly<Record<string, (way: Way) => Provider>> = {
  openai: (way) => openai({ apiKey: 'sk-test-0123456789', ...way }),
  compat: (way) => openaiCompatible({ baseUrl: 'http://server.test/v1', apiKey: 'sk-test-0123456789', ...way }),
  azure: ({ baseUrl = 'http://server.test', ...way }) =>
    azure({ endpoint: baseUrl, apiKey: 'key-0123456789', apiVersion: '2024-10-21', ...way }),
  qianfan: (way) => ernie({ baseUrl: 'http://server.test/v2', apiKey: 'bce-v3/ALTAK-test/0123456789', ...way }),
  ernie: (way) => ernie({ baseUrl: 'http://server.test', apiKey: 'AK', secretKey: 'SK', ...way }),
  anthropic: (way) => anthropic({ baseUrl: 'http://server.test/v1', apiKey: 'sk-ant-test-0123456789', ...way }),
  gemini: (way) => gemini({ baseUrl: 'http://server.test/v1beta', apiKey: 'key-0123456789', ...way }),
};

/** What questions for a token are answered with. */
const TOKEN = 'ernie/token-ok.json';

/** Answers by the fixture, and questions for a token as their issuer does. */
function scriptOf(fixture: Fixture, sends: Uint8Array[]): (request: RecordedRequest) => AnswerScript {
  const token = fixtureOf(TOKEN);
  return ({ path }) => (path.startsWith('/oauth/') ? answerOf(token, [bytesOf(token)]) : answerOf(fixture, sends));
}

describe.each(Object.entries(ADAPTERS))('fixtures of dialect %s', (dialect, make) => {
  describe.each(CUTS)('$name', ({ sizes }) => {
    it.each(chatFixtures(dialect))('$file: $note', async (fixture) => {
      const { fetch } = scriptedFetch(scriptOf(fixture, cut(bytesOf(fixture), ...sizes)));
      expectAsManifestSays(fixture, await ask(make({ fetch }), requestOf(fixture)));
    });
  });

  describe('through a socket', () => {
    let upstream: ScriptedUpstream;
    let provider: Provider;
    beforeAll(async () => {
      upstream = await scriptedUpstream();
      provider = make({ baseUrl: upstream.url });
    });
    afterAll(async () => {
      await provider.close?.();
      await upstream.close();
    });

    it.each(chatFixtures(dialect))('$file', async (fixture) => {
      const bytes = bytesOf(fixture);
      for (const pieces of [[bytes], cut(bytes, 3, 1, 250, 1000)]) {
        upstream.play(scriptOf(fixture, pieces));
        expectAsManifestSays(fixture, await ask(provider, requestOf(fixture)));
      }
    });
  });
});

/** What no adapter is given, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'openai/ws-responses.jsonl': 'frames of a WebSocket to OpenAI, which no provider opens',
  'qianfan/bearer-token.json': 'a short-lived token, which has to be asked for with a signed request',
  'anthropic/count-tokens-ok.json': 'no provider is asked to count tokens',
  'gemini/count-tokens-ok.json': 'no provider is asked to count tokens',
};

describe('the fixtures', () => {
  it('are all run by some test, or left out for a reason', () => {
    const folder = fileURLToPath(new URL('../', import.meta.url));
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.test.ts') && !path.endsWith('fixtures.test.ts'))
      .map((path) => readFileSync(join(folder, path), 'utf8'));
    const inDialects = new Set(Object.keys(ADAPTERS).flatMap(chatFixtures));
    const left = allFixtures().filter(
      (fixture) =>
        fixture.file !== TOKEN && !inDialects.has(fixture) && !sources.some((text) => text.includes(fixture.file)),
    );
    expect(left.map(({ file }) => file)).toEqual(Object.keys(NOT_RUN));
    expect([allFixtures().length, inDialects.size]).toEqual([161, 145]);
  });

  it('that stream are held to their chunks, not only to their texts', () => {
    const streamed = Object.keys(ADAPTERS)
      .flatMap(chatFixtures)
      .filter(({ response, expect: wanted }) => response.stream && wanted?.outcome !== 'error');
    expect(streamed.length).toBeGreaterThan(40);
    for (const { file, expect: wanted } of streamed) expect(wanted?.chunks?.length, file).toBeGreaterThan(0);
  });
});

function answerOf({ response }: Fixture, sends: Uint8Array[]): AnswerScript {
  return { status: response.status, headers: response.headers, sends };
}
