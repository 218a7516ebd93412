import type { Provider } from 'nexusai-hub/ports';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { afterAll, beforeAll, describe, it } from 'vitest';

import { cut } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { bytesOf, chatFixtures, type Fixture } from './fixtures.ts';
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
  azure: (way) => openaiCompatible({ baseUrl: 'http://server.test/v1', apiKey: 'sk-test-0123456789', ...way }),
  qianfan: (way) => openaiCompatible({ baseUrl: 'http://server.test/v1', apiKey: 'sk-test-0123456789', ...way }),
};

describe.each(Object.entries(ADAPTERS))('fixtures of dialect %s', (dialect, make) => {
  describe.each(CUTS)('$name', ({ sizes }) => {
    it.each(chatFixtures(dialect))('$file: $note', async (fixture) => {
      const { fetch } = scriptedFetch(answerOf(fixture, cut(bytesOf(fixture), ...sizes)));
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
        upstream.play(answerOf(fixture, pieces));
        expectAsManifestSays(fixture, await ask(provider, requestOf(fixture)));
      }
    });
  });
});

function answerOf(
  { response }: Fixture,
  sends: Uint8Array[],
): { status: number; headers: Record<string, string>; sends: Uint8Array[] } {
  return { status: response.status, headers: response.headers, sends };
}
