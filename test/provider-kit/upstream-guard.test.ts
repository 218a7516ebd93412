import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIP, type LookupFunction } from 'node:net';

import fc from 'fast-check';
import { NexusHub } from 'nexusai-hub';
import { openai } from 'nexusai-hub/adapters/openai';
import { createTransport, isNexusError, type NexusError, readJson, type Transport } from 'nexusai-hub/provider-kit';
import { scriptedProvider } from 'nexusai-hub/testing';
import { MockAgent } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { systemClock } from '../../src/defaults/clock.ts';
import { rowOf } from '../../src/errors.ts';
import { isMetadataAddress, isPublicAddress } from '../../src/provider-kit/special-addresses.ts';
import { scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { connectProxyTo } from './connect-proxy.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0).reverse()) await close();
});

const GUARDED = { allowPrivateUpstreams: false } as const;

function refusalOf(baseUrl: string, allowedUpstreams?: readonly string[]): string | undefined {
  const security = allowedUpstreams ? { ...GUARDED, allowedUpstreams } : GUARDED;
  try {
    void openai({ apiKey: 'sk-canary', baseUrl, security }).close?.();
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

/** A resolver whose answers are told in advance, one list for each time it is asked; the last one stays. */
function resolver(...answers: readonly (readonly string[])[]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, options, callback) => {
    const list = answers[Math.min(asked.push(host), answers.length) - 1] ?? [];
    const found: LookupAddress[] = list.map((address) => ({ address, family: isIP(address.replace(/%.*/, '')) }));
    expect(options.all).toBe(true);
    queueMicrotask(() => {
      callback(null, found);
    });
  };
  return { lookup, asked };
}

/** A server at an address of this machine, which counts who connects and answers with what it is told. */
async function serverAt(
  host: string,
  port = 0,
  answer = '{"ok":true}',
): Promise<{ server: Server; port: number; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.headers.host} ${request.url}`);
    response.setHeader('connection', 'close').end(answer);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  closers.push(() => new Promise((resolve) => void server.close(() => resolve())));
  return { server, port: (server.address() as AddressInfo).port, seen };
}

function transportTo(baseUrl: string, options: object): Transport {
  const transport = createTransport({ baseUrl, proxy: false, ...options });
  closers.push(() => transport.close());
  return transport;
}

async function ask(transport: Transport): Promise<unknown> {
  const response = await transport.get('/v1/models', { signal: new AbortController().signal });
  return (await readJson(response, { nowMs: systemClock.now() })).value;
}

async function errorOf(pending: Promise<unknown>): Promise<NexusError> {
  const error: unknown = await pending.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (isNexusError(error)) return error;
  throw error;
}

describe('X4: servers as they are written', () => {
  it.each([
    // This machine, in the spellings that URLs know.
    'http://127.0.0.1',
    'http://127.0.0.1:11434/v1',
    'http://127.1',
    'http://127.0.1',
    'http://127.255.255.254',
    'http://2130706433',
    'http://0x7f000001',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://017700000001',
    'http://0x7f.0.0x0.01',
    'http://127.0.0.1.',
    'http://127.0.0.1..',
    'http://%31%32%37.0.0.1',
    'http://①②⑦.0.0.1',
    'http://１２７.０.０.１',
    'http://127。0。0。1',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1\\v1',
    'http://127.0.0.1:80\t/',
    'http://0',
    'http://0.0.0.0:8000',
    'http://localhost',
    'https://LOCALHOST:8443/v1',
    'http://localhost.',
    'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'http://loc\u00adalhost',
    'http://anything.localhost',
    'http://localhost.localdomain',
    'http://ip6-localhost',
    'http://[::1]',
    'http://[0:0:0:0:0:0:0:1]',
    'http://[::]',
    'http://[::127.0.0.1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[0:0:0:0:0:FFFF:7F00:0001]',
    'http://[64:ff9b::127.0.0.1]',
    'http://[64:ff9b::7f00:1]',
    'http://[2002:7f00:1::]',
    // Private and other special networks.
    'http://10.0.0.1',
    'http://012.0.0.1',
    'http://172.16.0.1',
    'http://172.31.255.255',
    'http://192.168.1.1',
    'http://0300.0250.1',
    'http://100.64.0.1',
    'http://198.18.0.1',
    'http://192.0.0.8',
    'http://203.0.113.7',
    'http://224.0.0.1',
    'http://255.255.255.255',
    'http://[fc00::1]',
    'http://[fd12:3456::1]',
    'http://[fe80::1]',
    'http://[fec0::1]',
    'http://[ff02::1]',
    'http://[::ffff:10.0.0.1]',
    'http://[64:ff9b::10.0.0.1]',
    'http://[64:ff9b:1::1]',
    'http://[2002:a00:1::1]',
    'http://[2001:0:7f00:1::]',
    'http://[2001:db8::1]',
    'http://[100::1]',
    // Where clouds tell machines about themselves.
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166',
    'http://0xa9fea9fe',
    'http://0251.0376.0251.0376',
    'http://169.254.43518',
    'http://[::ffff:169.254.169.254]',
    'http://[::ffff:a9fe:a9fe]',
    'http://[fd00:ec2::254]',
    'http://[fd20:ce::254]',
    'http://100.100.100.200',
    'http://192.0.0.192',
    'http://168.63.129.16',
    'http://169.254.170.2',
    'http://metadata.google.internal/computeMetadata/v1',
    'http://metadata.google.internal.',
    'http://metadata',
    'http://instance-data',
    // Names of a network's own.
    'http://printer.local',
    'http://llm.internal:8000',
    'http://router.home.arpa',
    'http://redis:6379',
  ])('%s is refused', (baseUrl) => {
    expect(refusalOf(baseUrl)).toMatch(/^openai: baseUrl must be a server on the public Internet/);
  });

  it.each([
    'ftp://example.com',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_INFO',
    'unix:/var/run/docker.sock',
    'data:text/plain,hi',
    'javascript:alert(1)',
    '//127.0.0.1',
    'http://',
    'http://user:canary@example.com',
    'https://example.com@127.0.0.1',
    'http://127.0.0.1:80@example.com',
    'http://[fe80::1%25eth0]',
    'http://[::1',
    'http://[1.2.3.4]',
    'http://300.1.1.1',
    'http://1.2.3.4.5',
    'http://a.127.0.0.1',
    'http://exa mple.com',
    'http://example.com:99999',
  ])('%s is no server at all, guarded or not', (baseUrl) => {
    expect(refusalOf(baseUrl)).toMatch(/^openai: baseUrl must (?:be an http or https URL|not hold a user name)/);
    expect(refusalOf(baseUrl)).not.toContain('sk-canary');
    expect(() => openai({ apiKey: 'sk-canary', baseUrl })).toThrow(TypeError);
  });

  it.each([
    'https://api.openai.com/v1',
    'http://8.8.8.8',
    'http://134744072',
    'http://172.32.0.1',
    'http://172.15.255.255',
    'http://100.128.0.1',
    'http://[2606:4700::1111]',
    'http://[64:ff9b::8.8.8.8]',
    'http://[::ffff:8.8.8.8]',
    'https://localhost.example.com',
    'https://internal.example.com',
    'https://10.example.com',
  ])('%s is let through', (baseUrl) => {
    expect(refusalOf(baseUrl)).toBeUndefined();
  });

  it('says which server, and how to allow it', () => {
    expect(refusalOf('http://LLM.internal:8000/v1')).toBe(
      'openai: baseUrl must be a server on the public Internet, as security.allowPrivateUpstreams is false; got ' +
        'llm.internal:8000. If it is meant, put "llm.internal:8000" into the allowed upstreams.',
    );
    expect(refusalOf('https://[fd00::1]/v1')).toContain('put "[fd00::1]:443" into');
  });

  it('a transport without an adapter is no way around', () => {
    expect(() => createTransport({ baseUrl: 'http://127.1', security: GUARDED })).toThrow(/^createTransport: baseUrl/);
  });

  it('where nothing is said servers may be anywhere, as before', () => {
    for (const security of [undefined, {}, { allowPrivateUpstreams: true }])
      expect(() =>
        openai({ apiKey: 'k', baseUrl: 'http://127.0.0.1:1', ...(security ? { security } : {}) }),
      ).not.toThrow();
  });
});

describe('X4: servers that were allowed', () => {
  it.each([
    ['http://10.1.2.3:9', ['10.1.2.0/24']],
    ['http://0xa.1.515', ['10.1.2.0/24']],
    ['http://[::ffff:10.1.2.3]', ['10.1.2.0/24']],
    ['http://[fd00::7]', ['fd00::/8']],
    ['http://10.1.2.3:8000', ['10.1.2.3:8000']],
    ['http://10.1.2.3:8000', ['10.1.2.3']],
    ['http://[fd00::7]:8000', ['[fd00:0:0::7]:8000']],
    ['http://[fd00::7]:8000', ['fd00::7']],
    ['http://llm.internal:8000', ['LLM.internal.:8000']],
    ['https://llm.internal', ['llm.internal:443']],
    ['http://localhost:11434', ['localhost']],
    ['http://169.254.169.254', ['169.254.169.254']],
  ])('%s is let through by %o', (baseUrl, allowed) => {
    expect(refusalOf(baseUrl, allowed)).toBeUndefined();
  });

  it.each([
    ['http://10.1.3.3', ['10.1.2.0/24']],
    ['http://10.1.2.3:8001', ['10.1.2.3:8000']],
    ['http://llm.internal', ['llm.internal:8000']],
    ['http://my.llm.internal', ['llm.internal']],
    ['http://llm.internal', ['10.0.0.0/8']],
    ['http://[fd00::7]', ['10.1.2.0/24', 'fd00::8']],
    ['http://localhost', []],
  ])('%s is not let through by %o', (baseUrl, allowed) => {
    expect(refusalOf(baseUrl, allowed)).toMatch(/must be a server on the public Internet/);
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'http://llm',
    'a:b',
    'a:70000',
    'a b',
  ])('"%s" cannot be allowed', (entry) => {
    expect(refusalOf('https://api.openai.com', [entry])).toMatch(/^openai: security.allowedUpstreams must be a list/);
  });

  it('a list that would have no effect is refused', () => {
    const security = { allowedUpstreams: ['10.0.0.0/8'] };
    expect(() => openai({ apiKey: 'k', security })).toThrow(/needs allowPrivateUpstreams: false/);
  });
});

describe('X4: names', () => {
  it('connects to the address that was looked at, and asks again for each connection', async () => {
    const good = await serverAt('127.0.0.1');
    const inner = await serverAt('127.0.0.2', good.port, '{"secret":"canary"}');
    const { lookup, asked } = resolver(['127.0.0.1'], ['127.0.0.2']);
    const security = { ...GUARDED, allowedUpstreams: ['127.0.0.1/32'] };
    const transport = transportTo(`http://rebinds.test:${good.port}`, { lookup, security });
    expect(await ask(transport)).toEqual({ ok: true });
    const error = await errorOf(ask(transport));
    expect(error.code).toBe('provider_blocked');
    expect(asked).toEqual(['rebinds.test', 'rebinds.test']);
    expect([good.seen, inner.seen]).toEqual([[`rebinds.test:${good.port} /v1/models`], []]);
  });

  it.each([
    [['127.0.0.1', '127.0.0.2']],
    [['127.0.0.2', '127.0.0.1']],
    [['127.0.0.1', '::1']],
    [['::ffff:127.0.0.2']],
    [['64:ff9b::7f00:2']],
    [['fe80::1%lo']],
    [['169.254.169.254']],
    [['0.0.0.0']],
    [['nonsense']],
    [[]],
  ])('is blocked when one of its addresses is: %o', async (addresses) => {
    const { port, seen } = await serverAt('127.0.0.1');
    const security = { ...GUARDED, allowedUpstreams: ['127.0.0.1/32'] };
    const { lookup } = resolver(addresses);
    const error = await errorOf(ask(transportTo(`http://mixed.test:${port}`, { lookup, security })));
    expect(error.code).toBe('provider_blocked');
    expect(seen).toEqual([]);
  });

  it('the same holds behind TLS, where nothing is sent before', async () => {
    const { lookup } = resolver(['127.0.0.1']);
    const error = await errorOf(ask(transportTo('https://inner.test', { lookup, security: GUARDED })));
    expect(error.code).toBe('provider_blocked');
  });

  it('tells callers neither name nor address, its owner both, and is no outage', async () => {
    const { lookup } = resolver(['10.11.12.13']);
    const error = await errorOf(ask(transportTo('http://inner.test', { lookup, security: GUARDED })));
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/10\.11|inner\.test/);
    expect(error.message).toContain('Its owner can allow it: security');
    expect(error.cause).toMatchObject({ message: expect.stringMatching(/^inner\.test:80 is at 10\.11\.12\.13,/) });
    expect(rowOf(error)).toMatchObject({ fault: 'hub', askNext: true, askAgain: false });
  });

  it('one that was allowed opens private networks, but not what a machine is told about itself', async () => {
    const { port } = await serverAt('127.0.0.1');
    const security = { ...GUARDED, allowedUpstreams: [`llm.internal:${port}`] };
    const { lookup } = resolver(['127.0.0.1'], ['169.254.169.254'], ['::ffff:169.254.169.254'], ['fe80::1']);
    const transport = transportTo(`http://llm.internal:${port}`, { lookup, security });
    expect(await ask(transport)).toEqual({ ok: true });
    for (let time = 0; time < 3; time++) expect((await errorOf(ask(transport))).code).toBe('provider_blocked');
  });

  it('the next target answers, nobody asks the same again, and no circuit opens', async () => {
    const { lookup, asked } = resolver(['10.0.0.1']);
    const inner = openai({ apiKey: 'k', baseUrl: 'http://inner.test', proxy: false, lookup, security: GUARDED });
    const outer = scriptedProvider({ says: 'Hello' });
    const models = {
      m: [{ provider: 'inner' }, { provider: 'outer', tier: 2 }],
      alone: [{ provider: 'inner' }],
    } as const;
    const hub = new NexusHub({ providers: { inner, outer }, models, circuit: { failures: 1 } });
    closers.push(() => hub.close());
    const ask = (model: string) =>
      hub.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] });
    for (let time = 1; time <= 3; time++) {
      await ask('m');
      expect(asked).toHaveLength(time);
    }
    const error = await errorOf(ask('alone'));
    expect(error).toMatchObject({ code: 'provider_blocked', status: 502, details: { provider: 'inner' } });
    expect((await hub.circuits.list()).filter(({ state }) => state.kind !== 'closed')).toEqual([]);
    const init = {
      method: 'POST',
      body: JSON.stringify({ model: 'alone', messages: [{ role: 'user', content: 'x' }] }),
    };
    const answer = await hub.fetch('http://hub/v1/chat/completions', {
      ...init,
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([502, 'false']);
    expect(await answer.text()).not.toMatch(/10\.0\.0\.1|inner\.test/);
  });

  it('a name that is not known is that, and not blocked', async () => {
    const lookup: LookupFunction = (_host, _options, callback) => {
      callback(Object.assign(new Error('canary'), { code: 'ENOTFOUND' }), []);
    };
    const error = await errorOf(ask(transportTo('http://nowhere.test', { lookup, security: GUARDED })));
    expect(error).toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining('DNS') });
  });

  it('takes the answer of a resolver that gives one address however it is asked', async () => {
    const { port } = await serverAt('127.0.0.1');
    const lookup: LookupFunction = (_host, _options, callback) => {
      callback(null, '127.0.0.1', 4);
    };
    const security = { ...GUARDED, allowedUpstreams: ['127.0.0.1'] };
    expect(await ask(transportTo(`http://one.test:${port}`, { lookup, security }))).toEqual({ ok: true });
    expect((await errorOf(ask(transportTo(`http://one.test:${port}`, { lookup, security: GUARDED })))).code).toBe(
      'provider_blocked',
    );
  });

  it('a resolver of your own serves without a guard, too', async () => {
    const { port } = await serverAt('127.0.0.1');
    const { lookup } = resolver(['127.0.0.1']);
    expect(await ask(transportTo(`http://mine.test:${port}`, { lookup }))).toEqual({ ok: true });
  });

  it('follows no redirect inwards', async () => {
    const inner = await serverAt('127.0.0.2');
    const headers = { location: `http://127.0.0.2:${inner.port}/latest/meta-data` };
    const upstream = await scriptedUpstream({ status: 302, headers });
    closers.push(() => upstream.close());
    const security = { ...GUARDED, allowedUpstreams: ['127.0.0.1'] };
    for (const more of [{}, { fetch: globalThis.fetch }]) {
      const error = await errorOf(ask(transportTo(upstream.url, { security, ...more })));
      expect(error).toMatchObject({ code: 'malformed_response', details: { providerStatus: 302 } });
      expect(error.message).not.toContain('127.0.0.2');
    }
    expect(inner.seen).toEqual([]);
  });
});

describe('X4: connections that are made elsewhere', () => {
  it('of a fetch or a dispatcher the URL is looked at', () => {
    for (const more of [{ fetch: globalThis.fetch }, { dispatcher: new MockAgent() }]) {
      const make = (baseUrl: string) => openai({ apiKey: 'k', baseUrl, security: GUARDED, ...more });
      expect(() => make('http://[::ffff:a00:1]')).toThrow(/public Internet/);
      expect(() => make('http://metadata.google.internal')).toThrow(/public Internet/);
      expect(() => make('https://api.openai.com/v1')).not.toThrow();
    }
  });

  it('behind a proxy a name that is found here is judged, and one that is not is left to the proxy', async () => {
    const { port } = await serverAt('127.0.0.1');
    const { url: proxyUrl, asked, close } = await connectProxyTo(port);
    closers.push(close);
    const unknown: LookupFunction = (_host, _options, callback) => {
      callback(Object.assign(new Error('not here'), { code: 'ENOTFOUND' }), []);
    };

    const through = (lookup: LookupFunction) => ({ proxy: proxyUrl, lookup, security: GUARDED });
    const inner = await errorOf(ask(transportTo('http://inner.test', through(resolver(['10.0.0.1']).lookup))));
    expect(inner.code).toBe('provider_blocked');
    expect(asked).toEqual([]);
    const known = resolver(['8.8.8.8']);
    const transport = transportTo('http://outer.test', through(known.lookup));
    expect(await ask(transport)).toEqual({ ok: true });
    expect(await ask(transport)).toEqual({ ok: true });
    expect(known.asked).toEqual(['outer.test']);
    expect(await ask(transportTo('http://far.test', through(unknown)))).toEqual({ ok: true });
    expect(asked).toEqual(['outer.test:80', 'outer.test:80', 'far.test:80']);

    for (const name of ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'NO_PROXY']) vi.stubEnv(name, undefined);
    vi.stubEnv('HTTP_PROXY', proxyUrl);
    vi.stubEnv('no_proxy', 'past.test');
    const { lookup } = resolver(['8.8.8.8'], ['10.0.0.1']);
    const past = transportTo('http://past.test', { proxy: 'environment', lookup, security: GUARDED });
    expect((await errorOf(ask(past))).code).toBe('provider_blocked');
  });
});

describe('X4: addresses at random', () => {
  /** Networks of IANA's registries of special-purpose addresses, written down apart from the code. */
  const IPV4: readonly (readonly [string, number])[] = [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ];
  const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const bytesOf = (ip: number): number[] => [24, 16, 8, 0].map((shift) => Math.floor(ip / 2 ** shift) % 256);
  const blocked = fc
    .tuple(fc.constantFrom(...IPV4), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    .map(([[network, length], share]) => numberOf(network) + Math.floor(share * 2 ** (32 - length)));
  const open = fc
    .integer({ min: 0, max: 2 ** 32 - 1 })
    .filter(
      (ip) =>
        !IPV4.some(
          ([network, length]) =>
            Math.floor(ip / 2 ** (32 - length)) === Math.floor(numberOf(network) / 2 ** (32 - length)),
        ),
    )
    .filter((ip) => !bytesOf(ip).join('.').startsWith('192.88.99.') && bytesOf(ip).join('.') !== '168.63.129.16');

  const base = fc.constantFrom(
    (part: number) => String(part),
    (part: number) => `0x${part.toString(16)}`,
    (part: number) => `0X${part.toString(16).toUpperCase().padStart(5, '0')}`,
    (part: number) => `0${part.toString(8)}`,
  );
  /** One to four parts, each in a base of its own; the last one stands for all the rest. */
  const ipv4Spelling = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.tuple(base, base, base, base), fc.boolean());
  const spelledIpv4 = (
    ip: number,
    [count, bases, dot]: readonly [number, readonly ((part: number) => string)[], boolean],
  ): string => {
    const bytes = bytesOf(ip);
    const last = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    const parts = [...bytes.slice(0, count - 1), last].map((part, place) => bases[place]!(part));
    return parts.join('.') + (dot ? '.' : '');
  };
  const ipv6Spelling = fc.constantFrom(
    (ip: number) => `::ffff:${bytesOf(ip).join('.')}`,
    (ip: number) => `0:0:0::FFFF:${(ip >>> 16).toString(16).padStart(4, '0')}:${(ip % 65_536).toString(16)}`,
    (ip: number) => `64:ff9b::${(ip >>> 16).toString(16)}:${(ip % 65_536).toString(16)}`,
    (ip: number) => `0064:FF9B:0:0:0:0:${bytesOf(ip).join('.')}`,
  );

  it('of special networks are refused however they are spelled, and the others are not', () => {
    fc.assert(
      fc.property(blocked, open, ipv4Spelling, ipv6Spelling, (inner, outer, four, six) => {
        expect(refusalOf(`http://${spelledIpv4(inner, four)}/v1`)).toBeDefined();
        expect(refusalOf(`http://[${six(inner)}]:8000`)).toBeDefined();
        expect(refusalOf(`http://${spelledIpv4(outer, four)}/v1`)).toBeUndefined();
        expect(refusalOf(`http://[${six(outer)}]:8000`)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('of IPv6 are public only in 2000::/3, and not everywhere there', () => {
    const group = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const [first = 0, second = 0] = groups;
        const isGlobal = first >= 0x2000 && first < 0x4000;
        const isSpecial =
          first === 0x2002 ||
          (first === 0x2001 && (second < 0x200 || second === 0xdb8)) ||
          (first === 0x3fff && second < 0x1000);
        const address = groups.map((part) => part.toString(16)).join(':');
        expect(isPublicAddress(address)).toBe(isGlobal && !isSpecial);
      }),
      {
        numRuns: 500,
        examples: [
          [[0x2001, 0x1ff, 0, 0, 0, 0, 0, 1]],
          [[0x2001, 0x200, 0, 0, 0, 0, 0, 1]],
          [[0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
          [[0x3fff, 0xfff, 0, 0, 0, 0, 0, 1]],
          [[0x3fff, 0x1000, 0, 0, 0, 0, 0, 1]],
        ],
      },
    );
  });

  it('what is no address is neither public nor anything else', () => {
    for (const text of ['', 'nonsense', '1.2.3', '0x7f.1', '%lo', '8.8.8.8%lo', '::g'])
      expect([isPublicAddress(text), isMetadataAddress(text)]).toEqual([false, false]);
  });
});
