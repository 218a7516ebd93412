import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { accessOf } from '../../src/http/routes/routes.ts';
import { type ManagedHub, managedHub } from './set-up.ts';

/** Bodies of all paths together. */
const CASES = 10_000;

const name = fc.oneof(
  fc.constantFrom('main', 'm', 'other', '', '__proto__', 'constructor', 'toString', 'a/b', '\u0000', '名字', '#0'),
  fc.string({ maxLength: 20 }),
);
const scalar = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1, 1e308, '', 'sk-…0001', 'off', Number.MAX_SAFE_INTEGER),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ maxLength: 40 }),
  name,
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Something like a provider: most of it right, so that what is wrong comes far. */
const provider = fc.record(
  {
    id: name,
    kind: fc.oneof(fc.constant('telling'), scalar),
    server_url: fc.oneof(fc.constantFrom('https://a.example', 'http://[::1', 'file:///etc/passwd'), scalar),
    api_key: fc.oneof(scalar, anything),
    api_keys: anything,
    secret_key: scalar,
    models: fc.oneof(
      fc.array(fc.oneof(name, fc.record({ name, weight: scalar, tier: scalar, when: anything })), { maxLength: 4 }),
      anything,
    ),
    rate_limit: scalar,
    max_concurrency: scalar,
    headers: fc.oneof(fc.dictionary(name, scalar, { maxKeys: 3 }), anything),
    options: anything,
  },
  { requiredKeys: [] },
);
/** What is right, so that much of it is done. */
const fine = fc.record({
  id: fc.constantFrom('main', 'p1', 'p2', 'p3'),
  kind: fc.constant('telling'),
  api_key: fc.constantFrom('key-of-main-0001', 'another-key-0002'),
  models: fc.subarray(['m', 'n', 'o'], { minLength: 1 }),
  rate_limit: fc.integer({ min: 1, max: 1_000 }),
});
const fineConfig = fc.record({ providers: fc.uniqueArray(fine, { selector: ({ id }) => id, maxLength: 3 }) });

const key = fc.record(
  { name, key: scalar, role: scalar, models: anything, rpm: scalar, budget_usd: anything },
  { requiredKeys: [] },
);
const config = fc.oneof(
  fc.record(
    {
      providers: fc.oneof(
        fc.array(fc.oneof(provider, fine), { maxLength: 3 }),
        fc.dictionary(name, fc.oneof(provider, fc.constant(null)), { maxKeys: 3 }),
        anything,
      ),
      keys: fc.oneof(fc.array(key, { maxLength: 2 }), anything),
      roles: anything,
      fallbacks: anything,
      limits: fc.oneof(fc.record({ requests_per_second: scalar, unpriced: scalar }, { requiredKeys: [] }), anything),
      routing: fc.oneof(
        fc.record({ strategy: scalar, max_attempts: scalar, hedge: anything }, { requiredKeys: [] }),
        anything,
      ),
      timeouts: anything,
      circuit: anything,
      prices: anything,
      security: anything,
      model_list: anything,
    },
    { requiredKeys: [] },
  ),
  anything,
);

const ADMIN = accessOf({ unversioned: false }).filter(
  ({ method, path }) =>
    ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && /^\/(config|providers|provider_models|keys)/.test(path),
);
const bodyFor = (path: string): fc.Arbitrary<unknown> =>
  path.startsWith('/config')
    ? fc.oneof(config, fineConfig)
    : path.startsWith('/providers')
      ? fc.oneof(provider, anything, fine)
      : fc.oneof(key, provider, anything);

const request = fc.constantFrom(...ADMIN).chain(({ method, path }) =>
  fc.record({
    method: fc.constant(method),
    path: fc
      .constantFrom('main', 'm', 'other', 'main/m', '%00', '..', 'a%2Fb')
      .map((id) => path.replace('*', id).replace('{id}', id)),
    query: fc.constantFrom('', '?mode=replace', '?mode=merge', '?x=1'),
    body: bodyFor(path),
    etag: fc.constantFrom(undefined, undefined, '*', '"1"', 'W/"1"', 'nonsense'),
  }),
);

let managed: ManagedHub;
let authorization: string;
beforeAll(async () => {
  // Only its own key lets it in, and no body can take that away.
  managed = await managedHub();
  const { secret } = await managed.hub.admin.keys.create({ name: 'all', role: 'admin' });
  authorization = `Bearer ${secret.reveal()}`;
});
afterAll(async () => managed.hub.close());

describe('H5: whatever is sent to the admin API', () => {
  it('never fails the hub, and never takes a working configuration away', async () => {
    const { hub } = managed;
    const statuses = new Map<number, number>();
    let epoch = (await hub.admin.config.get()).number;
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, query, body, etag }) => {
        const response = await hub.fetch(`http://hub${path}${query}`, {
          method,
          headers: { authorization, 'content-type': 'application/json', ...(etag ? { 'if-match': etag } : {}) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        expect([response.status, text]).toEqual([
          expect.toSatisfy((status: number) => status < 500),
          expect.any(String),
        ]);
        if (response.status >= 400)
          expect(JSON.parse(text)).toEqual({ error: expect.objectContaining({ message: expect.any(String) }) });
        const { number, document } = await hub.admin.config.get();
        // What is refused has changed nothing; what was done is one epoch at the most.
        expect(number - epoch).toBeLessThanOrEqual(response.status < 300 ? 1 : 0);
        epoch = number;
        // What is in force can be put in force again: it is whole.
        if (number % 50 === 0) await hub.admin.config.preview(document);
      }),
      { numRuns: CASES, endOnFailure: true },
    );
    expect(statuses.get(400)).toBeGreaterThan(1_000);
    expect((statuses.get(200) ?? 0) + (statuses.get(201) ?? 0)).toBeGreaterThan(100);
    // Whatever is in force by now, what somebody wants takes its place.
    const sections = Object.keys((await hub.admin.config.get()).document).map((section) => [section, null] as const);
    const providers = [{ id: 'main', kind: 'telling', api_key: 'key-of-main-0001', models: ['m'] }];
    await hub.admin.config.apply({ ...Object.fromEntries(sections), providers }, { replace: true });
    expect(await managed.ask('m')).toBe('main key-of-main-0001');
  }, 120_000);
});
