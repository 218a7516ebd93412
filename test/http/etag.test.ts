import { describe, expect, it } from 'vitest';

import { checkPreconditions, etagOf } from '../../src/http/etag.ts';
import { exchangeOf } from './exchange-of.ts';

const ETAG = etagOf(3);

describe('checkPreconditions', () => {
  it.each([
    [{}, ETAG],
    [{}, undefined],
    [{ 'if-match': '"3"' }, ETAG],
    [{ 'if-match': '"1", "3"' }, ETAG],
    [{ 'if-match': '*' }, ETAG],
    [{ 'if-none-match': '*' }, undefined],
    [{ 'if-none-match': '"1", W/"2"' }, ETAG],
    [{ 'if-none-match': '"3"' }, undefined],
  ])('%j lets go on where it stands at %s', (headers, etag) => {
    expect(() => {
      checkPreconditions(exchangeOf({ headers }), etag);
    }).not.toThrow();
  });

  it.each([
    [{ 'if-match': '"2"' }, ETAG, /was changed since/],
    [{ 'if-match': 'W/"3"' }, ETAG, /weak/],
    [{ 'if-match': '"3"' }, undefined, /nothing here/],
    [{ 'if-match': '*' }, undefined, /nothing here/],
    [{ 'if-none-match': '*' }, ETAG, /exists already/],
    [{ 'if-none-match': '"3"' }, ETAG, /as If-None-Match says/],
    [{ 'if-none-match': 'W/"3"' }, ETAG, /as If-None-Match says/],
    [{ 'if-match': '"3"', 'if-none-match': '"3"' }, ETAG, /as If-None-Match says/],
  ])('%j fails where it stands at %s', (headers, etag, message) => {
    const check = (): void => {
      checkPreconditions(exchangeOf({ headers }), etag);
    };
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'precondition_failed', status: 412 }) as Error);
  });

  it.each(['3', '"3', '', '"3" "4"', '"3", *', "'3'"])('If-Match: %s is no list of tags', (value) => {
    expect(() => {
      checkPreconditions(exchangeOf({ headers: { 'if-match': value } }), ETAG);
    }).toThrow(expect.objectContaining({ code: 'request_invalid' }) as Error);
  });
});
