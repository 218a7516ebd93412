import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';

import { signatureBaseOf } from '../../src/signatures/signature-base.ts';
import { parseDictionary } from '../../src/signatures/structured-fields.ts';

/** RFC 9421, appendix B.1.5. */
const SHARED_SECRET = Buffer.from(
  'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
  'base64',
);

it('RFC 9421 B.2.5: the base and the signature of a request signed by hmac-sha256', () => {
  const input = 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"';
  const parameters = parseDictionary(input).get('sig-b25')?.text ?? '';
  const base = signatureBaseOf(
    [
      ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
      ['@authority', 'example.com'],
      ['content-type', 'application/json'],
    ],
    parameters,
  );
  expect(base).toBe(
    [
      '"date": Tue, 20 Apr 2021 02:07:55 GMT',
      '"@authority": example.com',
      '"content-type": application/json',
      '"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    ].join('\n'),
  );
  const signature = parseDictionary('sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:').get('sig-b25');
  expect(signature).toMatchObject({
    value: { kind: 'bytes', value: createHmac('sha256', SHARED_SECRET).update(base).digest() },
  });
});

it.each([
  ['{"hello": "world"}\n', 'RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg='],
  ['{"title": "New Title"}\n', 'mEkdbO7Srd9LIOegftO0aBX+VPTVz7/CSHes2Z27gc4='],
  ['', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
])('RFC 9530: the digest of %j', (body, digest) => {
  const read = parseDictionary(`sha-256=:${digest}:`).get('sha-256');
  expect(read).toMatchObject({ value: { kind: 'bytes', value: createHash('sha256').update(body).digest() } });
});
