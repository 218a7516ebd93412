import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import type { Provider } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

const hubs: NexusHub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

const answer = (says: string) => ({ says, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
const broken = { throws: 'provider_unavailable' } as const;

/** A hub with a key for the provider `own` only, and how often each provider was asked. */
function hubWith(own: Parameters<typeof scriptedProvider>[0], more: Partial<NexusHubOptions> = {}) {
  const asked: string[] = [];
  const watched = (id: string, script: Parameters<typeof scriptedProvider>[0], models?: readonly string[]) => {
    const provider = scriptedProvider(script, models ? { models } : {});
    const open: typeof provider.open = (request, context) => {
      asked.push(id);
      return provider.open(request, context);
    };
    return { ...provider, open };
  };
  const providers: Record<string, Provider> = {
    other: watched('other', answer('other'), ['m', 'theirs', 'f']),
    own: watched('own', own, ['m', 'f']),
    any: watched('any', answer('any')),
  };
  const hub = new NexusHub({
    providers,
    authenticator: {
      identify: ({ key }) => ({ id: 'me', role: 'user', ...(key === 'own' && { providers: ['own'] }) }),
    },
    routing: { backoffMs: 0 },
    ...more,
  });
  hubs.push(hub);
  const ask = async (model: string, key = 'own'): Promise<[status: number, provider: string | null]> => {
    const response = await hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
    });
    await response.text();
    return [response.status, response.headers.get('x-nexus-provider')];
  };
  return { hub, ask, asked };
}

describe('a key with a list of providers', () => {
  it('is answered by these only, however often it asks', async () => {
    const { ask, asked } = hubWith(answer('own'));
    for (let times = 0; times < 20; times++) expect(await ask('m')).toEqual([200, 'own']);
    expect(new Set(asked)).toEqual(new Set(['own']));
    const others = await Promise.all(Array.from({ length: 20 }, () => ask('m', 'anyone')));
    expect(new Set(others.map(([, provider]) => provider))).toEqual(new Set(['other', 'own']));
  });

  it('is not answered at all where these fail, and nobody else is asked', async () => {
    const { ask, asked } = hubWith(broken);
    expect((await ask('m'))[0]).toBeGreaterThanOrEqual(500);
    expect(new Set(asked)).toEqual(new Set(['own']));
  });

  it('is not answered by the fallbacks of others', async () => {
    const fallbacks = { m: ['theirs', 'f'] };
    const { ask, asked } = hubWith(broken, { fallbacks });
    expect((await ask('m'))[0]).toBeGreaterThanOrEqual(500);
    expect(new Set(asked)).toEqual(new Set(['own']));
    expect(await ask('m', 'anyone')).toEqual([200, 'other']);
  });

  it('is refused models that none of these has', async () => {
    const { ask, asked } = hubWith(answer('own'));
    expect(await ask('theirs')).toEqual([403, null]);
    expect(await ask('whatever')).toEqual([403, null]);
    expect(asked).toEqual([]);
  });

  it('sees only their models, as theirs', async () => {
    const { hub } = hubWith(answer('own'));
    const listed = async (key: string): Promise<unknown> => {
      const response = await hub.fetch('http://hub/v1/models', { headers: { authorization: `Bearer ${key}` } });
      const { data } = (await response.json()) as { data: { id: string; owned_by: string }[] };
      return data.map(({ id, owned_by: owner }) => `${id} ${owner}`).sort();
    };
    expect(await listed('own')).toEqual(['f own', 'm own']);
    expect(await listed('anyone')).toEqual(['f other', 'm other', 'theirs other']);
  });

  it('is held to them with any router', async () => {
    const { ask, asked } = hubWith(answer('own'), {
      router: {
        route: () =>
          ['other', 'any'].map((id) => ({
            id,
            providerId: id,
            provider: scriptedProvider(answer(id)),
            model: 'm',
            weight: 1,
          })),
        models: () => [{ name: 'm', ownedBy: 'other' }],
      },
    });
    expect(await ask('m')).toEqual([403, null]);
    expect(asked).toEqual([]);
    expect((await ask('m', 'anyone'))[0]).toBe(200);
  });

  it('is one of the options, too, where these are there', async () => {
    const key = { name: 'app', key: 'own-of-a-test' };
    const given = (providers: readonly string[]): Partial<NexusHubOptions> => ({ keys: [{ ...key, providers }] });
    expect(() => hubWith(answer('own'), given(['nobody']))).toThrow(/keys\[0\]\.providers names the provider "nobody"/);
    const { hub, asked } = hubWith(answer('own'), { ...given(['own']), authenticator: undefined as never });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key.key}` };
    const body = JSON.stringify({ model: 'theirs', messages: [{ role: 'user', content: 'Hi' }] });
    const response = await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body });
    expect([response.status, asked]).toEqual([403, []]);
  });
});
