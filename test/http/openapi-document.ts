/** The key of somebody who may do everything. */
export const ADMIN = 'key-of-the-admin-0001';

/** A configuration that says something in every section. */
export const DOCUMENT = {
  providers: [
    {
      id: 'main',
      kind: 'telling',
      api_key: 'key-of-main-0001',
      server_url: 'https://main.example/v1',
      models: ['m', { name: 'n', upstream_model: 'n-1', weight: 2, when: { callers: ['admin'] } }],
      headers: { 'x-own': 'a-value-of-a-header' },
      options: { region: 'here', deep: { is: ['kept', 1, null] } },
    },
    { id: 'many', kind: 'telling', api_keys: ['key-one-0001', { name: 'two', key: 'key-two-0002' }], models: ['m'] },
  ],
  keys: [
    { name: 'admin', key: ADMIN, role: 'admin' },
    { name: 'app', key: 'key-of-the-app-0002', rpm: 1000 },
  ],
  roles: { looker: ['stats.read'] },
  fallbacks: { n: ['m', { model: 'm', on: ['unavailable'] }] },
  limits: { requests_per_second: 1000 },
  routing: { strategy: 'weighted', hedge: { share: 0.1 } },
  timeouts: { idle_ms: 60_000 },
  circuit: { failures: 3 },
  prices: { models: { m: { input: 1, output: 2 } } },
};
