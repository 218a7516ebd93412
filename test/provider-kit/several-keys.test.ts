import { NexusHub, severalKeys } from 'nexusai-hub';
import { openai } from 'nexusai-hub/adapters/openai';
import type { Provider, ProviderContext } from 'nexusai-hub/ports';
import { completionOf, type ScriptedFetch, scriptedFetch, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { failureOf, PLAIN } from '../request-path/harness.ts';

const context = { signal: new AbortController().signal, requestId: 'r', heartbeat() {} } as unknown as ProviderContext;

describe('severalKeys', () => {
  it('asks with the key that is named, with the first where none is, and with no other', async () => {
    const keys = { a: scriptedProvider({ says: 'a' }), b: scriptedProvider({ says: 'b' }) };
    const provider = severalKeys(keys);
    expect(provider).toMatchObject({ kind: 'scripted', keys: ['a', 'b'] });
    for (const keyId of ['b', undefined, 'a', 'b']) await provider.open(PLAIN, { ...context, keyId });
    expect([keys.a.calls.length, keys.b.calls.length]).toEqual([2, 2]);
    for (const keyId of ['c', 'constructor', ''])
      expect(await failureOf(provider.open(PLAIN, { ...context, keyId }))).toMatchObject({ code: 'provider_denied' });
  });

  it('has the verbs that all of them have, and closes all of them, whatever one does', async () => {
    const closed: string[] = [];
    const asked: string[] = [];
    const of = (name: string, more: Partial<Provider> = {}): Provider => ({
      ...scriptedProvider({ says: name }, { models: ['m'] }),
      embed: () => {
        asked.push(name);
        return Promise.reject(new Error(name));
      },
      close: async () => {
        closed.push(name);
        if (name === 'a') throw new Error('stuck');
      },
      ...more,
    });
    const forward = (): Promise<never> => Promise.reject(new Error('not asked'));
    const listModels = (): Promise<never> => Promise.reject(new Error('not asked'));
    const both = severalKeys({
      a: of('a', { forward, operations: ['speech', 'responses'] }),
      b: of('b', { forward, operations: ['responses'], listModels }),
    });
    expect(both).toMatchObject({ models: ['m'], operations: ['responses'] });
    expect(both.listModels).toBeUndefined();
    expect(both.forward).toBeDefined();
    await failureOf(both.embed!({ model: 'm', input: 'x' }, { ...context, keyId: 'b' }));
    expect(asked).toEqual(['b']);
    expect(severalKeys({ a: of('a', { forward }), b: of('b') }).forward).toBeUndefined();
    expect(severalKeys({ a: of('a', { forward }), b: of('b', { forward }) }).operations).toBeUndefined();
    await failureOf(both.close!());
    expect(closed).toEqual(['a', 'b']);
  });

  it.each<[Record<string, Provider>, RegExp]>([
    [{}, /at least one key/],
    [{ 'a b': scriptedProvider({ says: '' }) }, /"a b" is no name for a key/],
    [{ a: {} as Provider }, /"a" must be a provider/],
    [
      { a: scriptedProvider({ says: '' }), b: { ...scriptedProvider({ says: '' }), kind: 'x' } },
      /"b" is of the kind x/,
    ],
    [{ a: scriptedProvider({ says: '' }), b: scriptedProvider({ says: '' }, { models: ['m'] }) }, /"b" serves other/],
    [{ a: severalKeys({ x: scriptedProvider({ says: '' }) }) }, /"a" has several keys itself/],
  ])('refuses what does not go together: %j', (keys, message) => {
    expect(() => severalKeys(keys)).toThrow(TypeError);
    expect(() => severalKeys(keys)).toThrow(message);
  });

  it('X1: balances the keys of one provider, fails over between them, and shows none of them', async () => {
    const headers = { 'content-type': 'application/json' };
    const refusing = scriptedFetch({ status: 401, headers, sends: ['{"error":{"message":"no"}}'] });
    const answering = scriptedFetch({ headers, sends: [JSON.stringify(completionOf('ok'))] });
    const refused = openai({ apiKey: 'sk-canary-a', fetch: refusing.fetch });
    const hub = new NexusHub({
      providers: {
        main: severalKeys({ a: refused, b: openai({ apiKey: 'sk-canary-b', fetch: answering.fetch }) }),
      },
      routing: { strategy: 'round-robin' },
    });
    for (let turn = 0; turn < 4; turn++) await hub.chat.completions.create(PLAIN);
    const keysOf = ({ requests }: ScriptedFetch): Set<unknown> =>
      new Set(requests.map((request) => request.headers['authorization']));
    expect(keysOf(refusing)).toEqual(new Set(['Bearer sk-canary-a']));
    expect(keysOf(answering)).toEqual(new Set(['Bearer sk-canary-b']));
    // A key that is refused is not asked again.
    expect([refusing.requests.length, answering.requests.length]).toEqual([1, 4]);
    await hub.close();
    const alone = new NexusHub({ providers: { main: severalKeys({ a: refused }) } });
    const error = await failureOf(alone.chat.completions.create(PLAIN));
    expect(error).toMatchObject({ code: 'provider_denied', details: { tried: [{ target: 'main#a/m' }] } });
    expect(JSON.stringify(error) + String(error)).not.toContain('canary');
    await alone.close();
  });
});
