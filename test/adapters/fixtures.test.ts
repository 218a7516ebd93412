import type { Provider } from 'nexusai-hub/ports';
import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { afterAll, beforeAll, describe, it } from 'vitest';

import { type AnswerScript, cut, type RecordedRequest } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { bytesOf, chatFixtures, type Fixture, fixtureOf } from './fixtures.ts';
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

/** Answers by the fixture, and questions for a token as their issuer does. */
function scriptOf(fixture: Fixture, sends: Uint8Array[]): (request: RecordedRequest) => AnswerScript {
  const token = fixtureOf('ernie/token-ok.json');
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

function answerOf({ response }: Fixture, sends: Uint8Array[]): AnswerScript {
  return { status: response.status, headers: response.headers, sends };
}
