import { expect, it } from 'vitest';

import { gate, type ScriptStep } from '../../src/testing/answer-script.ts';
import type { ScriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { answerLikeOpenAI } from '../clients/served-hub.ts';
import { readEvents } from '../http/events.ts';
import { until } from './waiting.ts';

/** Four that ask without a pause would keep each other from what they wait for. */
const LOOK_EVERY_MS = 60;

export const ADMIN_KEY = '0f6c1b9a-of-a-fleet-e27d';

/** Processes that share what is configured. Their file has one provider, `main`, with the models `m` and `kept`. */
export interface Fleet {
  readonly urls: readonly string[];
  /** What `main` asks. */
  readonly upstream: ScriptedUpstream;
}

/** What the file of a fleet says. */
export function documentOf({ url }: Pick<ScriptedUpstream, 'url'>) {
  return {
    providers: [{ id: 'main', kind: 'openai-compatible', server_url: `${url}/v1`, models: ['m', 'kept'] }],
    security: { allow_private_upstreams: true },
  };
}

/** The tests every fleet has to pass. Each changes something through one process, and asks all of them. */
export function convergenceTests(fleet: () => Fleet): void {
  const one = (place: number): string => fleet().urls[place % fleet().urls.length] ?? '';
  /** A provider with one model of its name. */
  const providerOf = (id: string): object => {
    const { url } = fleet().upstream;
    return { id, kind: 'openai-compatible', server_url: `${url}/v1`, models: [id] };
  };

  it('H1: a provider that one adds is asked by all', async () => {
    expect(await statuses(fleet(), 'added')).toEqual(new Set([404]));
    await done(one(0), 'POST', '/providers', providerOf('added'));
    await untilAll(fleet(), async (url) => (await statusOf(url, 'added')) === 200);
  });

  it('H2: a model that one removes is a 404 in all, and streams under way end in their epoch', async () => {
    const { urls, upstream } = fleet();
    const rest = gate();
    upstream.play({ sends: heldBack(rest) });
    const streams = await Promise.all(urls.map((url) => chat(url, 'm', true)));
    expect(streams.map(({ status }) => status)).toEqual(urls.map(() => 200));
    upstream.play(answerLikeOpenAI);

    await done(one(1), 'DELETE', `/provider_models/${encodeURIComponent('main/m')}`);
    await untilAll(fleet(), async (url) => (await statusOf(url, 'm')) === 404);
    for (let time = 0; time < 5; time++) expect(await statuses(fleet(), 'm')).toEqual(new Set([404]));
    expect(await statuses(fleet(), 'kept')).toEqual(new Set([200]));

    rest.open();
    for (const stream of streams)
      expect(readEvents(await stream.text())).toMatchObject({ done: true, text: 'begun and ended' });
  });

  it('H2: a provider that one removes is gone in all, and comes back in all when another goes back', async () => {
    await done(one(2), 'POST', '/providers', providerOf('passing'));
    await untilAll(fleet(), async (url) => (await statusOf(url, 'passing')) === 200);
    await done(one(3), 'DELETE', '/providers/passing');
    const isGone = async (url: string): Promise<boolean> =>
      (await statusOf(url, 'passing')) === 404 && (await asAdmin(url, 'GET', '/providers/passing')).status === 404;
    await untilAll(fleet(), isGone);

    await done(one(0), 'POST', '/config/rollback', {});
    const isBack = async (url: string): Promise<boolean> => (await statusOf(url, 'passing')) === 200;
    await untilAll(fleet(), isBack);
  });

  it('a key that one makes is known to all, and counts nowhere when another has revoked it', async () => {
    const { id, secret } = (await done(one(0), 'POST', '/keys', { name: 'app' })) as { id: string; secret: string };
    const models = async (url: string): Promise<number> => {
      const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
      await response.arrayBuffer();
      return response.status;
    };
    for (const url of fleet().urls) expect(await models(url)).toBe(200);
    await done(one(1), 'DELETE', `/keys/${id}`);
    await untilAll(fleet(), async (url) => (await models(url)) === 401);
    for (const url of fleet().urls) expect(await models(url)).toBe(401);
  });

  it('H2: of what all change at once nothing is lost, and all come to the same', async () => {
    const ids = Array.from({ length: 12 }, (_, place) => `at-once-${String(place)}`);
    await Promise.all(ids.map(async (id, place) => done(one(place), 'POST', '/providers', providerOf(id))));
    const hasAll = async (url: string): Promise<boolean> => {
      const { data } = (await done(url, 'GET', '/providers?limit=100')) as { data: { id: string }[] };
      return ids.every((id) => data.some((provider) => provider.id === id));
    };
    await untilAll(fleet(), hasAll);
    const configs = await Promise.all(fleet().urls.map(async (url) => done(url, 'GET', '/config')));
    for (const config of configs) expect(config).toEqual(configs[0]);
  });
}

/** Resolves when it is so in every process. The second it may take is held to by a clock of `test/admin`. */
async function untilAll({ urls }: Fleet, isSo: (url: string) => Promise<boolean>): Promise<void> {
  await Promise.all(urls.map((url) => until(() => isSo(url), `it is so at ${url}`, LOOK_EVERY_MS)));
}

async function statuses({ urls }: Fleet, model: string): Promise<Set<number>> {
  return new Set(await Promise.all(urls.map((url) => statusOf(url, model))));
}

async function statusOf(url: string, model: string): Promise<number> {
  const response = await chat(url, model, false);
  await response.arrayBuffer();
  return response.status;
}

function chat(url: string, model: string, stream: boolean): Promise<Response> {
  const messages = [{ role: 'user', content: 'Hello' }];
  return asAdmin(url, 'POST', '/v1/chat/completions', { model, stream, max_tokens: 1, messages });
}

function asAdmin(url: string, method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
  return fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

/** What the admin API answers to a request that has to come off. */
async function done(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await asAdmin(url, method, path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} is ${String(response.status)}: ${text}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** A stream that has begun, and goes on when it is let. */
function heldBack(rest: ReturnType<typeof gate>): ScriptStep[] {
  const head = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":';
  return [
    `data: ${head}{"role":"assistant","content":"begun "},"finish_reason":null}]}\n\n`,
    rest,
    `data: ${head}{"content":"and ended"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`,
  ];
}
