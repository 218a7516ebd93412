import { expect, it } from 'vitest';

import { pathPart } from '../../src/http/path-part.ts';
import type { Route } from '../../src/http/routes/route.ts';
import { METHODS } from '../../src/http/routes/route.ts';
import { endpointIn, methodsOf } from '../../src/http/routes/routes.ts';

const endpoint = { permission: 'none', run: () => Promise.resolve() } as const;

it('a path tells of all its methods', () => {
  const all: Route = { DELETE: endpoint, PATCH: endpoint, PUT: endpoint, POST: endpoint, GET: endpoint };
  expect(methodsOf(all)).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  expect(methodsOf({ PATCH: endpoint })).toBe('PATCH, OPTIONS');
});

it('a method is one that the path has, and nothing that every object has', () => {
  const route: Route = { GET: endpoint, DELETE: endpoint };
  for (const method of METHODS) expect(endpointIn(route, method)).toBe(route[method]);
  expect(endpointIn(route, 'HEAD')).toBe(route.GET);
  for (const method of ['constructor', 'toString', '__proto__', 'get', 'TRACE', 'CONNECT'])
    expect(endpointIn(route, method)).toBeUndefined();
});

it('a part of a path is decoded', () => {
  expect(pathPart({ path: '/keys/a%2Fb/rotate' }, 1)).toBe('a/b');
  expect(pathPart({ path: '/keys' }, 1)).toBe('');
  expect(() => pathPart({ path: '/keys/%zz' }, 1)).toThrow(/not encoded/);
});
