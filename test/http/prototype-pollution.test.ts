import { memoryLedger, NexusHub } from 'nexusai-hub';
import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { scriptedFetch, scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { optionsOf, parseConfig } from '../cli/parsed-config.ts';
import { json } from './transports.ts';

/** What every object has before anything was sent. */
const BEFORE = Object.getOwnPropertyNames(Object.prototype).sort();
const hubs: NexusHub[] = [];
// Together: each waits for a thread to end.
afterAll(async () => {
  await Promise.all(hubs.map((hub) => hub.close({ drainMs: 0 })));
});
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(BEFORE);
  expect(Object.getOwnPropertyNames(Array.prototype)).not.toContain('polluted');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

const POISONS = [
  '"__proto__":{"polluted":true,"stream":true,"role":"admin"}',
  '"constructor":{"prototype":{"polluted":true}}',
  '"prototype":{"polluted":true}',
  '"__proto__":null',
  '"__proto__":"polluted"',
  '"toString":"polluted","hasOwnProperty":1,"valueOf":null',
];

/** Places in a request where a caller may write any member; the poison goes where the mark is. */
const PLACES = [
  '{"model":"m","messages":[{"role":"user","content":"Hi"}],@}',
  '{@,"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}',
  '{"model":"m","messages":[{"role":"user","content":"Hi",@}]}',
  '{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"Hi",@}]}]}',
  '{"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":{"team":"a",@}}',
  '{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true,@}}',
  '{"model":"m","messages":[{"role":"user","content":"Hi"}],"logit_bias":{@}}',
  '{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","allOf":[{@}],"properties":{@},@}}}]}',
  '{"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object","properties":{@},@}}}}',
  '{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"__proto__","type":"function","function":{"name":"constructor","arguments":"{@}"}}]},{"role":"tool","tool_call_id":"__proto__","content":"{}"}]}',
];

const CASES = PLACES.flatMap((place) =>
  POISONS.map((poison) => place.replaceAll('"{@}"', JSON.stringify(`{${poison}}`)).replaceAll('@', poison)),
);

const says = (): typeof fetch => scriptedFetch({ sends: ['{"id":"x","choices":[]}'] }).fetch;

const PROVIDERS = {
  scripted: () => scriptedProvider({ says: 'Hi' }),
  openai: () => openai({ apiKey: 'k', fetch: says() }),
  azure: () => azure({ apiKey: 'k', endpoint: 'https://a.openai.azure.com', fetch: says() }),
  anthropic: () => anthropic({ apiKey: 'k', fetch: says() }),
  gemini: () => gemini({ apiKey: 'k', fetch: says() }),
  ernie: () => ernie({ apiKey: 'bce-v3/ALTAK-x/y', fetch: says() }),
};

describe.each(Object.entries(PROVIDERS))('bodies for %s', (_name, make) => {
  it('change no prototype, and are no fault of the hub', async () => {
    const models = {
      m: [
        { provider: 'main', when: { metadata: { constructor: 'x' } } },
        { provider: 'main', tier: 2 },
      ],
    } as const;
    const routing = { maxAttempts: 1, checkSchema: true };
    const hub = new NexusHub({
      providers: { main: make() },
      models,
      ledger: memoryLedger(),
      routing,
      circuit: { failures: 10_000 },
    });
    hubs.push(hub);
    for (const body of CASES) {
      const headers = { 'content-type': 'application/json', 'x-nexus-conversation-id': '__proto__' };
      const response = await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body });
      const text = await response.text();
      expect([body, response.status, text]).not.toEqual([body, 500, text]);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }
  });
});

describe('names that every object has', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];

  it.each(NAMES)('"%s" is a model, a conversation and a member of metadata like any other', async (name) => {
    const main = scriptedProvider({ says: 'Hi' });
    const hub = new NexusHub({ providers: { main }, ledger: memoryLedger() });
    hubs.push(hub);
    const body = `{"model":"${name}","messages":[{"role":"user","content":"Hi"}],"metadata":{"${name}":"x"},"user":"${name}"}`;
    const init = json({}, { 'x-nexus-conversation-id': name, 'x-request-id': name });
    const response = await hub.fetch('http://hub/v1/chat/completions', { ...init, body });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-nexus-conversation-id')).toBe(name);
    await response.text();
    const { models } = hub.stats.now() as { models?: object };
    expect(models === undefined || Object.getPrototypeOf(models) === Object.prototype).toBe(true);
    expect((await hub.fetch(`http://hub/conversations/${name}`)).status).not.toBe(500);
  });

  // Lists by name leave `__proto__` out; the file of the server refuses it.
  it.each(NAMES.slice(1))('"%s" in a route stands for what a request says, not for what objects have', async (name) => {
    const main = scriptedProvider({ says: 'Hi' });
    const when = { metadata: { [name]: ['x'] } };
    const hub = new NexusHub({ providers: { main }, models: { m: { provider: 'main', when } } });
    hubs.push(hub);
    const ask = async (metadata: string): Promise<number> => {
      const body = `{"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":${metadata}}`;
      return (await hub.fetch('http://hub/v1/chat/completions', { ...json({}), body })).status;
    };
    expect(await ask('{}')).not.toBe(200);
    expect(await ask('{"other":"x"}')).not.toBe(200);
    expect(await ask(`{"${name}":"x"}`)).toBe(200);
  });

  it.each([
    ['nexus.yaml', '__proto__: { polluted: true }\nproviders: [{ id: d, kind: demo }]'],
    ['nexus.yaml', 'providers: [{ id: d, kind: demo, __proto__: { polluted: true } }]'],
    ['nexus.yaml', 'providers: [{ id: d, kind: demo }]\nconstructor: { prototype: { polluted: true } }'],
    ['nexus.yaml', 'x: &x { polluted: true }\nproviders: [{ id: d, kind: demo }]\nlimits: { <<: *x }'],
    ['nexus.json', '{"providers":[{"id":"d","kind":"demo"}],"__proto__":{"polluted":true}}'],
    ['nexus.json', '{"providers":[{"id":"d","kind":"demo"}],"routing":{"__proto__":{"max_attempts":7}}}'],
    [
      'nexus.json',
      '{"providers":[{"id":"d","kind":"demo","models":["__proto__",{"name":"m","when":{"metadata":{"__proto__":"x"}}}]}]}',
    ],
    ['nexus.json', '{"providers":[{"id":"d","kind":"openai","api_key":"k","headers":{"__proto__":"x"}}]}'],
  ])('%s: %s is refused', (file, text) => {
    expect(() => parseConfig(text, file, {})).toThrow(/not known|nothing can have this name/);
  });

  it.each(NAMES.filter((name) => name !== '__proto__'))(
    '"%s" is a provider of the file like any other',
    async (name) => {
      const text = `{"providers":[{"id":"${name}","kind":"demo","models":["${name}"],"max_concurrency":1}]}`;
      const options = optionsOf(parseConfig(text, 'nexus.json', {}));
      const hub = new NexusHub(options);
      hubs.push(hub);
      const answer = await hub.chat.completions.create({ model: name, messages: [{ role: 'user', content: 'Hi' }] });
      expect(answer.model).toBe(name);
    },
  );
});
