import { memoryLedger } from 'nexusai-hub';
import { afterEach, describe, expect, it } from 'vitest';
import { as, entry, NOON, setUp, type SetUp } from '../views/set-up.ts';

const open: SetUp[] = [];
const made = (...asked: Parameters<typeof setUp>): SetUp => {
  const at = setUp(...asked);
  open.push(at);
  return at;
};
afterEach(async () => {
  for (const { hub } of open.splice(0)) await hub.close();
});

const HOUR = 3_600_000;
const ENTRIES = [
  entry({ id: 'a', conversation: 'c1' }),
  entry({ id: 'b', conversation: 'c1', model: 'n', atMs: NOON + HOUR }),
  entry({ id: 'c', conversation: 'c2', caller: 'other', atMs: NOON + 24 * HOUR }),
];
const TOKENS = { prompt: 8, completion: 4, total: 12, cached: 0, reasoning: 0 };
const TIMES = {
  count: 1,
  p50: expect.any(Number),
  p90: expect.any(Number),
  p95: expect.any(Number),
  p99: expect.any(Number),
};

describe('GET /stats', () => {
  it('tells conversations, sessions and tokens first, in these words', async () => {
    const { hub, ledger, ask } = made();
    await ledger.append(ENTRIES);
    await hub.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    const response = await hub.fetch('http://hub/stats', as('sk-ops-canary'));
    expect(await response.text()).toMatch(
      /^{"total_conversations":3,"active_sessions":1,"tokens_usage":{"prompt":32,"completion":16,"total":48,/,
    );
    const { body } = await ask('/stats');
    expect(body).toMatchObject({
      requests: 4,
      attempts: 4,
      outcomes: { ok: 4, error: 0, aborted: 0, partial: 0 },
      unmeasured: 0,
      cost_nano_usd: 4_500,
      unpriced: 1,
      cache_hits: 0,
      saved_tokens: 0,
      saved_nano_usd: 0,
      in_flight: 0,
      shed: 0,
    });
  });

  it.each([
    [`?from=2026-01-15T13:00:00Z`, 2, 2],
    [`?from=${NOON / 1000}&to=${NOON / 1000 + 3600}`, 1, 1],
    ['?to=2026-01-16', 2, 1],
    ['?from=2026-01-15T21:00:00+08:00', 2, 2],
    ['?from=2026-01-15T21:00:00%2B0800', 2, 2],
    ['?from=2026-01-15T13:00', 2, 2],
    ['?caller=other', 1, 1],
    ['?model=n&provider=main', 1, 1],
    ['?provider=nobody', 0, 0],
  ])('%s is a part: %i requests, %i conversations', async (query, requests, conversations) => {
    const { ledger, ask } = made();
    await ledger.append(ENTRIES);
    const { status, body } = await ask(`/stats${query}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ requests, total_conversations: conversations });
  });
});

describe('GET /stats/usage', () => {
  it('has a row for each group', async () => {
    const { ledger, ask } = made();
    await ledger.append(ENTRIES);
    const { body } = await ask('/stats/usage?group_by=day,model');
    const row = {
      tokens: TOKENS,
      requests: 1,
      attempts: 1,
      outcomes: { ok: 1, error: 0, aborted: 0, partial: 0 },
      unmeasured: 0,
      cost_nano_usd: 1_500,
      unpriced: 0,
      cache_hits: 0,
      saved_tokens: 0,
      saved_nano_usd: 0,
      latency_ms: TIMES,
      first_content_ms: TIMES,
    };
    expect(body).toEqual({
      object: 'list',
      data: [
        { day: '2026-01-15T00:00:00.000Z', model: 'm', ...row },
        { day: '2026-01-15T00:00:00.000Z', model: 'n', ...row },
        { day: '2026-01-16T00:00:00.000Z', model: 'm', ...row },
      ],
      has_more: false,
    });
  });

  it.each([
    ['', [{ requests: 3 }]],
    [
      '?group_by=key',
      [
        { key: 'app', requests: 2 },
        { key: 'other', requests: 1 },
      ],
    ],
    ['?group_by=provider&group_by=key&caller=app', [{ provider: 'main', key: 'app', requests: 2 }]],
    [
      '?group_by=hour&from=2026-01-15&to=2026-01-16',
      [{ hour: '2026-01-15T12:00:00.000Z' }, { hour: '2026-01-15T13:00:00.000Z' }],
    ],
    ['?group_by=model&from=2030-01-01', []],
  ])('%s', async (query, data) => {
    const { ledger, ask } = made();
    await ledger.append(ENTRIES);
    const { body } = await ask(`/stats/usage${query}`);
    expect(body).toMatchObject({ data });
  });

  it('S11: what nobody measured is null, and counted', async () => {
    const { ledger, ask } = made();
    const one = entry({ id: 'a' });
    await ledger.append([{ ...one, record: { ...one.record, attempts: [], callerId: undefined } }]);
    const { body } = await ask('/stats/usage?group_by=provider,key');
    const none = { count: 0, p50: null, p90: null, p95: null, p99: null };
    expect(body).toMatchObject({ data: [{ provider: null, key: null, requests: 1, attempts: 0, latency_ms: none }] });
  });

  it('M4: shows no more rows than anybody reads', async () => {
    const { ledger, ask } = made({ ledger: memoryLedger({ maxEntries: 20_000 }) });
    await ledger.append(Array.from({ length: 10_001 }, (_, place) => entry({ id: `e${place}`, model: `m${place}` })));
    const { body } = await ask('/stats/usage?group_by=model');
    const { data, has_more } = body as { data: unknown[]; has_more: boolean };
    expect([data.length, has_more]).toEqual([10_000, true]);
  });
});

describe('bad input', () => {
  it.each([
    ['/stats/usage?group_by=colour', 'group_by', /"colour".* It can by: model, provider, key, hour, day\./],
    ['/stats/usage?group_by=', 'group_by', /told apart by ""/],
    ['/stats/usage?from=2026-02-01&to=2026-01-01', 'to', /must be later than "from"/],
    ['/stats/usage?from=2026-02-01&to=2026-02-01', 'to', /must be later/],
    ['/stats/usage?from=yesterday', 'from', /such as 2026-01-31,/],
    ['/stats/usage?from=2026-02-30', 'from', /must be a time/],
    ['/stats/usage?from=2026-01-01T25:00:00Z', 'from', /must be a time/],
    ['/stats/usage?from=-5', 'from', /must be a time/],
    ['/stats/usage?from=', 'from', /is empty/],
    ['/stats/usage?from=1&from=2', 'from', /more than once/],
    ['/stats/usage?group_by=hour', 'from', /needs a beginning/],
    ['/stats/usage?group_by=hour&from=2020-01-01', 'from', /too long for usage by the hour.*92 days/],
    ['/stats/usage?groupby=model', 'groupby', /takes no "groupby" in its query\. It takes: group_by, from,/],
    ['/stats?form=2026-01-01', 'form', /takes no "form"/],
    ['/stats/live?from=2026-01-01', 'from', /It takes none\./],
  ])('%s is refused, naming %s', async (path, param, message) => {
    const { status, body } = await made().ask(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error', code: 'request_invalid', param } });
    expect((body as { error: { message: string } }).error.message).toMatch(message);
  });

  it('no method but GET', async () => {
    for (const path of ['/stats', '/stats/usage', '/stats/live', '/conversations', '/export/stats'])
      expect((await made().ask(path, as('sk-ops-canary', 'POST'))).status).toBe(405);
  });
});

describe('who may', () => {
  it.each([
    '/stats',
    '/stats/usage',
    '/stats/live',
    '/conversations',
    '/conversations/c1',
    '/export/stats',
    '/export/conversations',
  ])('%s is for admins alone', async (path) => {
    const { ask, ledger } = made();
    await ledger.append(ENTRIES);
    for (const [init, status, code] of [
      [as(), 401, 'invalid_api_key'],
      [as('sk-wrong'), 401, 'invalid_api_key'],
      [as('sk-app-canary'), 403, 'forbidden'],
    ] as const)
      expect(await ask(path, init)).toMatchObject({ status, body: { error: { code } } });
  });
});

describe('a ledger that does not answer', () => {
  it.each(['/stats', '/stats/usage', '/conversations', '/conversations/c1', '/export/stats', '/export/conversations'])(
    'is a 503 for %s, without its own words',
    async (path) => {
      const away = (): Promise<never> => Promise.reject(new Error('canary: password in a connection string'));
      const broken = { ...memoryLedger(), summary: away, usage: away, conversations: away, conversation: away };
      const never = async function* (): AsyncGenerator<never> {
        yield await away();
      };
      const { ask } = made({ ledger: { ...broken, attempts: never, messages: never } });
      const { status, body } = await ask(path);
      expect(status).toBe(503);
      expect(body).toMatchObject({ error: { code: 'ledger_unavailable' } });
      expect(JSON.stringify(body)).not.toContain('canary');
    },
  );
});
