import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { createVerifier, httpbis } from 'http-message-signatures';
import { signRequest } from 'nexusai-hub/client';
import type { Authenticator, Logger, NonceStore } from 'nexusai-hub/ports';
import { type ManualClock, manualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { SignedRequests } from '../../src/control/signed-requests.ts';
import { bearerAuthenticator } from '../../src/defaults/authenticator.ts';
import { memoryNonceStore } from '../../src/defaults/nonce-store.ts';
import { signingKeyOf } from '../../src/defaults/signing-key.ts';
import { recordingLogger } from '../data/recording-logger.ts';
import { asRequest, BODY, CHAT, type Claims, COVERED, digestOf, type Head, signed } from '../signatures/signing.ts';

const KEY = 'CANARY-a-key-that-is-long-enough-to-sign';
const START_S = 1_767_225_600;
const START_MS = START_S * 1000;
const MAX_AGE_MS = 300_000;
const SKEW_MS = 30_000;

interface SetUp {
  readonly clock?: ManualClock;
  readonly nonces?: NonceStore;
  readonly authenticator?: Authenticator;
  readonly logger?: Logger;
}

function checker({ clock = manualClock(START_MS), ...parts }: SetUp = {}): SignedRequests {
  const needs = {
    authenticator: bearerAuthenticator([
      { name: 'app', key: KEY },
      { name: 'short', key: 'short-key' },
    ]),
    nonces: memoryNonceStore(clock),
    logger: recordingLogger().logger,
    clock,
    ...parts,
  };
  return new SignedRequests(() => needs, { maxAgeMs: MAX_AGE_MS, clockSkewMs: SKEW_MS });
}

/** Signed by the key of `app`, now. */
function bySigner(head: Head = CHAT, claims: Claims = {}, key = signingKeyOf(KEY)): Head {
  return signed(key, head, { ...claims, parameters: { created: START_S, ...claims.parameters } });
}

function withHeader(head: Head, name: string, value: string): Head {
  return { ...head, headers: { ...head.headers, [name]: value } };
}

describe('a signed request', () => {
  it('tells who signed it, and the digest of its body', async () => {
    const head = await checker().verify(asRequest(bySigner()));
    expect(head?.keyId).toBe('app');
    expect(digestOf(BODY)).toContain(Buffer.from(head?.bodyDigest ?? []).toString('base64'));
  });

  it('without a body needs no digest', async () => {
    const get: Head = { method: 'GET', target: '/v1/models', headers: { host: 'hub.example' } };
    const components = ['@query', '@path', '@authority', '@method'];
    expect(await checker().verify(asRequest(bySigner(get, { components })))).toEqual({ keyId: 'app' });
  });

  it('goes by the host as its URL has it', async () => {
    const plain = withHeader(CHAT, 'host', 'hub.example');
    for (const host of ['HUB.example', 'hub.example:443', 'hub.example:80', ' hub.example '])
      expect(await checker().verify(asRequest(withHeader(bySigner(plain), 'host', host)))).toMatchObject({
        keyId: 'app',
      });
    await expect(
      checker().verify(asRequest(withHeader(bySigner(plain), 'host', 'hub.example:8080'))),
    ).rejects.toThrow();
  });

  it('may come with the whole URL for its target, as proxies have it', async () => {
    const absolute = { ...bySigner(), target: `http://hub.example:8001${CHAT.target}#top` };
    expect(await checker().verify(asRequest(absolute))).toMatchObject({ keyId: 'app' });
  });

  it('may have other signatures beside ours, and other digests beside SHA-256', async () => {
    const digest = `${digestOf(BODY)}, sha-512=:AQ==:`;
    const { headers, ...rest } = bySigner(withHeader(CHAT, 'content-digest', digest));
    const more = {
      ...headers,
      'signature-input': `cdn=("x";sf);tag="web-bot-auth", ${headers['signature-input'] ?? ''}`,
      signature: `cdn=:AQ==:, ${headers['signature'] ?? ''}`,
    };
    expect(await checker().verify(asRequest({ ...rest, headers: more }))).toMatchObject({ keyId: 'app' });
  });

  it('is none where no signature is for a hub, or nobody could know who signs', async () => {
    expect(await checker().verify(asRequest(CHAT))).toBeUndefined();
    expect(await checker().verify(asRequest(bySigner(CHAT, { parameters: { tag: 'other' } })))).toBeUndefined();
    const authenticator = bearerAuthenticator([]);
    expect(await checker({ authenticator }).verify(asRequest(bySigner()))).toBeUndefined();
  });
});

const OTHER_KEY = signingKeyOf('another-key-that-is-long-enough-to-sign');
const input = (text: string): Head => withHeader(bySigner(), 'signature-input', text);

/** Requests that do not count, and what is said of them. */
const REFUSED: readonly (readonly [what: string, head: Head, says: RegExp])[] = [
  ['another key', bySigner(CHAT, {}, OTHER_KEY), /another key or over something else/],
  ['the secret in place of what is derived of it', bySigner(CHAT, {}, Buffer.from(KEY)), /another key or over/],
  ['an unknown name', bySigner(CHAT, { parameters: { keyid: 'nobody' } }), /keyid is not known here, or/],
  ['a key too short', bySigner(CHAT, { parameters: { keyid: 'short' } }, signingKeyOf('short-key')), /not known here/],
  ['no name', bySigner(CHAT, { parameters: { keyid: undefined } }), /needs keyid/],
  ['no nonce', bySigner(CHAT, { parameters: { nonce: undefined } }), /needs a nonce/],
  ['an empty nonce', bySigner(CHAT, { parameters: { nonce: '' } }), /needs a nonce/],
  ['a long nonce', bySigner(CHAT, { parameters: { nonce: 'n'.repeat(129) } }), /nonce of 1 to 128/],
  ['no time', bySigner(CHAT, { parameters: { created: undefined } }), /needs created/],
  ['a time that is text', bySigner(CHAT, { parameters: { created: String(START_S) } }), /created must be Unix seconds/],
  ['an end before its time', bySigner(CHAT, { parameters: { expires: START_S } }), /expires before it was created/],
  ['another algorithm', bySigner(CHAT, { parameters: { alg: 'ed25519' } }), /alg must be "hmac-sha256"/],
  ...COVERED.map(
    (name) =>
      [
        `${name} not covered`,
        bySigner(CHAT, { components: COVERED.filter((one) => one !== name) }),
        new RegExp(`does not cover ${name}\\.`),
      ] as const,
  ),
  ['nothing covered', bySigner(CHAT, { components: [] }), /does not cover @method, @authority, @path, @query, content/],
  ['a header put in that counts', withHeader(bySigner(), 'x-nexus-priority', '9'), /does not cover x-nexus-priority/],
  ['a packing put in', withHeader(bySigner(), 'content-encoding', 'gzip'), /does not cover content-encoding/],
  ['a header that is not there', bySigner(CHAT, { components: [...COVERED, 'date'] }), /covers date, which/],
  ['what is unknown', bySigner(CHAT, { components: [...COVERED, '@status'] }), /covers @status, which/],
  ['one component twice', bySigner(CHAT, { components: [...COVERED, '@path'] }), /one component twice/],
  ['a name in upper case', bySigner(CHAT, { components: [...COVERED, 'Date'] }), /names in lower case/],
  ['more components', bySigner(CHAT, { components: Array.from({ length: 33 }, () => 'x') }), /more than 32 components/],
  ['a parameter', input('sig=("@method";req);tag="nexusai-hub";created=1;keyid="a";nonce="n"'), /Parameters of comp/],
  ['no list', input('sig=1;tag="nexusai-hub";created=1;keyid="a";nonce="n"'), /in brackets/],
  ['what cannot be read', input('sig=("CANARY'), /signature-input is malformed: expected a value at character 6/],
  ['a long header', input(`sig=("${'a'.repeat(9000)}")`), /longer than the 8192 characters/],
  ['many', input(Array.from({ length: 9 }, (_, place) => `s${place}=();tag="nexusai-hub"`).join()), /more than 8/],
  ['two of ours', input('a=();tag="nexusai-hub", b=();tag="nexusai-hub"'), /two with tag="nexusai-hub"/],
  ['another label', withHeader(bySigner(), 'signature', 'other=:AQ==:'), /no bytes under the label/],
  ['no bytes', withHeader(bySigner(), 'signature', 'sig="text"'), /no bytes under the label/],
  ['too few bytes', withHeader(bySigner(), 'signature', 'sig=:AQ==:'), /another key or over something else/],
  ['no digest by SHA-256', bySigner(withHeader(CHAT, 'content-digest', 'sha-512=:AQ==:')), /a digest sha-256/],
  ['a digest too short', bySigner(withHeader(CHAT, 'content-digest', 'sha-256=:AQ==:')), /a digest sha-256/],
];

it.each(REFUSED)('refuses %s, says so, and shows nothing of it', async (_what, head, says) => {
  const error: unknown = await checker()
    .verify(asRequest(head))
    .catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringMatching(says) });
  expect(String(error)).not.toMatch(/CANARY|hub\.example/);
});

it('any changed byte of what is covered, or of the signature, is refused, and costs the right one nothing', async () => {
  const right = bySigner(withHeader(CHAT, 'x-nexus-priority', '5'), {
    components: [...COVERED, 'x-nexus-priority'],
    parameters: { alg: 'hmac-sha256', expires: START_S + 60 },
  });
  const names = ['host', 'content-type', 'content-digest', 'x-nexus-priority', 'signature-input', 'signature'];
  const place = fc.record({
    where: fc.constantFrom('method', 'target', ...names),
    at: fc.nat(),
    put: fc.integer({ min: 0x20, max: 0x7e }),
  });
  await fc.assert(
    fc.asyncProperty(place, async ({ where, at, put }) => {
      const isHeader = where !== 'method' && where !== 'target';
      const text = isHeader ? (right.headers[where] ?? '') : right[where];
      const changed = replaced(text, at % text.length, String.fromCharCode(put));
      fc.pre(changed.toLowerCase() !== text.toLowerCase());
      const head = isHeader ? withHeader(right, where, changed) : { ...right, [where]: changed };
      const requests = checker();
      // A tag that is no longer ours makes it no signature at all.
      expect(await requests.verify(asRequest(head)).catch(() => undefined)).toBeUndefined();
      expect(await requests.verify(asRequest(right))).toMatchObject({ keyId: 'app' });
    }),
    { numRuns: 500 },
  );
});

function replaced(text: string, at: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + 1);
}

describe('time', () => {
  const signedAt = (parameters: Claims['parameters'] = {}): Head => bySigner(CHAT, { parameters });
  const verifiedAt = async (nowMs: number, head: Head): Promise<string> =>
    checker({ clock: manualClock(nowMs) })
      .verify(asRequest(head))
      .then(() => 'taken')
      .catch((cause: unknown) => String(cause));

  it.each([
    ['the future', START_MS - SKEW_MS, START_MS - SKEW_MS - 1, /in the future/, {}],
    ['age', START_MS + MAX_AGE_MS + SKEW_MS, START_MS + MAX_AGE_MS + SKEW_MS + 1, /has expired/, {}],
    ['its end', START_MS + 5_000 + SKEW_MS, START_MS + 5_000 + SKEW_MS + 1, /has expired/, { expires: START_S + 5 }],
    [
      'age, whatever its end',
      START_MS + MAX_AGE_MS + SKEW_MS,
      START_MS + MAX_AGE_MS + SKEW_MS + 1,
      /has expired/,
      { expires: START_S + 9_999 },
    ],
  ])('counts to the millisecond: %s', async (_what, good, bad, says, parameters) => {
    expect(await verifiedAt(good, signedAt(parameters))).toBe('taken');
    expect(await verifiedAt(bad, signedAt(parameters))).toMatch(says);
  });

  it('what was seen is refused as long as it would count', async () => {
    const clock = manualClock(START_MS - SKEW_MS);
    const requests = checker({ clock });
    const head = asRequest(bySigner());
    expect(await requests.verify(head)).toMatchObject({ keyId: 'app' });
    for (let passed = 0; passed <= MAX_AGE_MS + 2 * SKEW_MS; passed += 30_000) {
      await expect(requests.verify(head)).rejects.toThrow(/nonce was seen before/);
      // Others make the store turn over.
      const created = Math.floor(clock.now() / 1000);
      await requests.verify(asRequest(bySigner(CHAT, { parameters: { created, nonce: `n${passed}` } })));
      await clock.advance(30_000);
    }
    await expect(requests.verify(head)).rejects.toThrow(/has expired/);
  });
});

describe('nonces', () => {
  it('are of the key that shows them', async () => {
    const other = { name: 'other', key: 'another-key-that-is-long-enough-to-sign' };
    const requests = checker({ authenticator: bearerAuthenticator([{ name: 'app', key: KEY }, other]) });
    await requests.verify(asRequest(bySigner()));
    const theirs = bySigner(CHAT, { parameters: { keyid: 'other' } }, OTHER_KEY);
    expect(await requests.verify(asRequest(theirs))).toMatchObject({ keyId: 'other' });
    const again = bySigner(withHeader(CHAT, 'content-digest', digestOf('else')));
    await expect(requests.verify(asRequest(again))).rejects.toThrow(/nonce was seen before/);
  });

  it('are remembered as long as they count for the process whose clock is slowest', async () => {
    const clock = manualClock(START_MS);
    const slow = { ...clock, now: () => clock.now() - SKEW_MS };
    const ends = new Map<string, number>();
    const nonces: NonceStore = {
      claim(nonce, ttlMs) {
        if ((ends.get(nonce) ?? 0) > clock.now()) return false;
        ends.set(nonce, clock.now() + ttlMs);
        return true;
      },
    };
    expect(await checker({ clock, nonces }).verify(asRequest(bySigner()))).toMatchObject({ keyId: 'app' });
    await clock.advance(MAX_AGE_MS + 2 * SKEW_MS);
    await expect(checker({ clock: slow, nonces }).verify(asRequest(bySigner()))).rejects.toThrow(
      /nonce was seen before/,
    );
  });

  it('of many that come at once let one in', async () => {
    const requests = checker();
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => requests.verify(asRequest(bySigner()))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('let nobody in while their store fails, hangs or has no room', async () => {
    const { logger, lines } = recordingLogger();
    const failing: NonceStore = { claim: () => Promise.reject(new Error('gone')) };
    await expect(checker({ nonces: failing, logger }).verify(asRequest(bySigner()))).rejects.toMatchObject({
      code: 'nonces_unavailable',
      status: 503,
    });
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ['warn', 'nonces of signed requests cannot be checked'],
    ]);

    const clock = manualClock(START_MS);
    const hanging: NonceStore = { claim: () => new Promise(() => undefined) };
    const waiting = checker({ nonces: hanging, clock }).verify(asRequest(bySigner()));
    const refusal = expect(waiting).rejects.toMatchObject({ code: 'nonces_unavailable' });
    await clock.advance(1_000);
    await refusal;
    expect(clock.pending).toBe(0);

    const full = memoryNonceStore(clock, 0);
    await expect(checker({ nonces: full, clock }).verify(asRequest(bySigner()))).rejects.toMatchObject({
      code: 'overloaded',
    });
  });
});

describe('http-message-signatures', () => {
  const url = `https://hub.example${CHAT.target}`;
  const headers = { 'content-type': 'application/json', 'content-digest': digestOf(BODY) };

  it('signs what we take', async () => {
    const key = {
      id: 'app',
      alg: 'hmac-sha256',
      sign: async (data: Buffer) => createHmac('sha256', signingKeyOf(KEY)).update(data).digest(),
    };
    const made = await httpbis.signMessage(
      {
        key,
        fields: [...COVERED],
        params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
        paramValues: { created: new Date(START_MS), nonce: 'theirs', tag: 'nexusai-hub' },
      },
      { method: 'POST', url, headers },
    );
    const lower = Object.entries(made.headers).map(([name, value]) => [name.toLowerCase(), value]);
    const head: Head = { ...CHAT, headers: { ...(Object.fromEntries(lower) as Head['headers']), host: 'hub.example' } };
    expect(await checker().verify(asRequest(head))).toMatchObject({ keyId: 'app' });
  });

  it('takes what we sign', async () => {
    const signer = { name: 'app "1\\2"', key: KEY };
    const request = await signRequest(signer, url, { method: 'POST', headers, body: BODY });
    const isRight = await httpbis.verifyMessage(
      {
        keyLookup: async ({ keyid }) =>
          keyid === signer.name
            ? {
                id: signer.name,
                algs: ['hmac-sha256'],
                verify: createVerifier(Buffer.from(signingKeyOf(KEY)), 'hmac-sha256'),
              }
            : null,
        requiredFields: [...COVERED],
        requiredParams: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
        all: true,
      },
      { method: request.method, url: request.url, headers: Object.fromEntries(request.headers) },
    );
    expect(isRight).toBe(true);
  });
});

it('signRequest and the hub agree, whatever the name, the place and the body', async () => {
  const name = fc.stringMatching(/^[ -~]{1,40}$/);
  const request = fc.record({ name, path: fc.webPath(), query: fc.webQueryParameters(), body: fc.option(fc.string()) });
  await fc.assert(
    fc.asyncProperty(request, async ({ name, path, query, body }) => {
      const clock = manualClock(START_MS);
      const authenticator = bearerAuthenticator([{ name, key: KEY }]);
      const made = await signRequest(
        { name, key: KEY, now: () => clock.now() },
        `http://hub.example:8001${path}${query === '' ? '' : `?${query}`}`,
        body === null ? {} : { method: 'POST', body, headers: { 'x-nexus-priority': ' 3 ' } },
      );
      const { host, pathname, search } = new URL(made.url);
      const head = {
        method: made.method,
        target: pathname + search,
        headers: { host, ...Object.fromEntries(made.headers) },
      };
      expect(await checker({ clock, authenticator }).verify(asRequest(head))).toMatchObject({ keyId: name });
    }),
    { numRuns: 100 },
  );
});
