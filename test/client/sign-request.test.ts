import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { signingFetch, signRequest } from 'nexusai-hub/client';
import { describe, expect, it } from 'vitest';

const SIGNER = { name: 'app', key: 'CANARY-a-key-that-is-long-enough-to-sign', now: () => 1_767_225_600_999 };
const URL = 'https://hub.example/v1/chat/completions';

describe('signRequest', () => {
  it('says what it covers, when, and for how long', async () => {
    const request = await signRequest({ ...SIGNER, validForMs: 1_500 }, URL, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-nexus-priority': '5', 'x-other': 'not covered' },
      body: '{}',
    });
    expect(request.headers.get('signature-input')).toMatch(
      /^nexus=\("@method" "@authority" "@path" "@query" "content-digest" "content-type" "x-nexus-priority"\);created=1767225600;expires=1767225602;nonce="[\w+/]{24}";alg="hmac-sha256";keyid="app";tag="nexusai-hub"$/,
    );
    expect(request.headers.get('signature')).toMatch(/^nexus=:[\w+/]{43}=:$/);
  });

  it('leaves the body as it is, and digests the bytes that are sent', async () => {
    const form = new FormData();
    form.append('file', new Blob(['sound']), 'a.wav');
    for (const body of ['text', new Uint8Array([0, 255]), form, new Blob(['blob']).stream()]) {
      const request = await signRequest(SIGNER, URL, { method: 'POST', body, duplex: 'half' });
      const bytes = Buffer.from(await request.arrayBuffer());
      const digest = createHash('sha256').update(bytes).digest('base64');
      expect(request.headers.get('content-digest')).toBe(`sha-256=:${digest}:`);
      expect(bytes.length).toBeGreaterThan(1);
    }
  });

  it('X1: sends no key, neither its own nor one that somebody put there', async () => {
    const headers = { authorization: `Bearer ${SIGNER.key}`, 'api-key': SIGNER.key, 'x-api-key': SIGNER.key };
    const request = await signRequest(SIGNER, URL, { headers });
    expect(JSON.stringify([...request.headers])).not.toContain('CANARY');
    expect([...request.headers.keys()].sort()).toEqual(['signature', 'signature-input']);
  });

  it('signs each time anew', async () => {
    const nonceOf = async (): Promise<string | undefined> =>
      /nonce="(.+?)"/.exec((await signRequest(SIGNER, URL)).headers.get('signature-input') ?? '')?.[1];
    expect(await nonceOf()).not.toBe(await nonceOf());
  });

  it.each([
    ['a short key', { ...SIGNER, key: 'CANARY-short' }, /key must have 32 characters/],
    ['no name', { ...SIGNER, name: '' }, /name must be/],
    ['a name that no header holds', { ...SIGNER, name: '杭州' }, /name must be/],
  ])('X1: refuses %s, and does not show it', async (_what, signer, says) => {
    await expect(signRequest(signer, URL)).rejects.toThrow(says);
    expect(() => signingFetch(signer)).toThrow(TypeError);
    await expect(signRequest(signer, URL)).rejects.not.toThrow(/CANARY/);
  });
});

it('brings nothing of the hub along, and runs where there is no Node', async () => {
  const entry = fileURLToPath(new globalThis.URL('../../src/client/index.ts', import.meta.url));
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    logLevel: 'silent',
  });
  const files = Object.keys(metafile.inputs).map((path) => path.replace(/^.*?src\//, ''));
  expect(files.sort()).toEqual(['client/index.ts', 'client/sign-request.ts', 'signatures/signature-base.ts']);
  expect(outputFiles[0]?.contents.length).toBeLessThan(4_000);
});
