import { describe, expect, it } from 'vitest';

import { optionsOf, parseConfig } from './parsed-config.ts';
import { Problem } from '../../cli/problem.ts';

const GOOD = `# A comment.
port: 8100
providers:
  - id: main
    kind: openai-compatible
    server_url: https://api.example.com/v1
    api_key: \${MAIN_KEY}
    rate_limit: 1000
    max_concurrency: 200
    headers: { x-team: "\${TEAM:-none}" }
    models: [gpt-4o, { name: fast, upstream_model: gpt-4o-mini, weight: 3 }]
  - { id: spare, kind: demo, models: [gpt-4o] }
keys:
  - { name: app, key: "\${APP_KEY}", role: user, models: [gpt-4o], rpm: 600, tpm: 200000, max_concurrent: 9, priority: -2, budget_usd: { day: 5, month: 1e2 } }
limits: { requests_per_second: 1000, unpriced: allow, cut_streams: true }
routing: { strategy: weighted, max_attempts: 3, deadline_ms: 60000 }
timeouts: { first_content_ms: 30000, idle_ms: 60000 }
circuit: { failures: 5, window_ms: 10000, retry_after_ms: 10000 }
cors: ["https://app.example.com"]
model_list: { ask: false, cache_ms: 60000, timeout_ms: 2000 }
security: { allow_private_upstreams: true }
prices: { models: { gpt-4o*: { input: 2.5, output: 10 } }, by_provider: { main: { fast: { input: 1, output: 2 } } } }
shedding: { max_heap_share: 0.7, max_in_flight: 500, max_rss_bytes: 1000000000, max_loop_delay_ms: 200 }
roles: { auditor: [stats.read] }
`;

const VARIABLES = { MAIN_KEY: 'sk-CANARY-main', APP_KEY: 'sk-CANARY-app', LIMIT: '7' };

describe('a configuration file', () => {
  it('with everything this version has is taken, variables in place', () => {
    const config = parseConfig(GOOD, 'nexus.yaml', VARIABLES);
    expect(config.port).toBe(8100);
    expect(config.providers[0]).toMatchObject({
      api_key: 'sk-CANARY-main',
      headers: { 'x-team': 'none' },
      models: [
        { name: 'gpt-4o', weight: 1 },
        { name: 'fast', upstream_model: 'gpt-4o-mini', weight: 3 },
      ],
    });
    expect(config.keys?.[0]).toMatchObject({ key: 'sk-CANARY-app', rpm: 600, tpm: 200_000 });
    expect(optionsOf(config).roles).toEqual({ auditor: ['stats.read'] });
    expect(optionsOf(config).shedding).toEqual({
      maxHeapShare: 0.7,
      maxInFlight: 500,
      maxRssBytes: 1_000_000_000,
      maxLoopDelayMs: 200,
    });
    const off = parseConfig(GOOD.replace(/shedding: .*/, 'shedding: false'), 'nexus.yaml', VARIABLES);
    expect(optionsOf(off).shedding).toBe(false);
    const bounded = parseConfig(
      GOOD.replace('max_concurrency: 200', 'max_queue: 0\n    max_wait_ms: 5'),
      'nexus.yaml',
      VARIABLES,
    );
    expect(optionsOf(bounded).flow?.byProvider?.['main']).toEqual({
      requestsPerSecond: 1000,
      maxQueue: 0,
      maxWaitMs: 5,
    });
    const { keys, limits } = optionsOf(config);
    expect(keys?.[0]).toMatchObject({
      requestsPerMinute: 600,
      tokensPerMinute: 200_000,
      maxConcurrent: 9,
      priority: -2,
      budgetUsd: { day: 5, month: 100 },
    });
    expect(limits).toEqual({ requestsPerSecond: 1000, unpriced: 'allow', cutStreams: true });
    expect(optionsOf(config).modelList).toEqual({ ask: false, cacheMs: 60_000, timeoutMs: 2000 });
  });

  it.each([
    'timeouts: { whole_ms',
    'timeouts: { idle_ms',
    'routing: { backoff_ms',
    'circuit: { retry_after_ms',
    'model_list: { cache_ms',
  ])('takes no time that Node has no timer for: %s', (member) => {
    const text = (ms: number): string => `providers: [{ id: d, kind: demo }]\n${member}: ${ms} }`;
    expect(() => parseConfig(text(2_147_483_647), 'nexus.yaml', {})).not.toThrow();
    expect(() => parseConfig(text(2_147_483_648), 'nexus.yaml', {})).toThrow(
      /nexus\.yaml:2: \w+\.\w+_ms: expected at most 2147483647 milliseconds/,
    );
  });

  it('may let a key have any model where a provider takes any', () => {
    const text = `providers: [{ id: d, kind: demo }]\nkeys: [{ name: app, key: CANARY-app, models: [whatever] }]\n`;
    expect(parseConfig(text, 'nexus.yaml', {}).keys?.[0]?.models).toEqual(['whatever']);
  });

  it('may have routes for callers no key of the file names: the admin, and those who need none', () => {
    const text = GOOD.replace('weight: 3', 'when: { callers: [admin, anonymous, app] }');
    expect(() => parseConfig(text, 'nexus.yaml', VARIABLES)).not.toThrow();
  });

  it('may be JSON', () => {
    const text = JSON.stringify({ providers: [{ id: 'demo', kind: 'demo' }] });
    expect(parseConfig(text, 'nexus.json', {}).providers).toMatchObject([{ id: 'demo', kind: 'demo' }]);
  });

  it('takes numbers from variables, defaults, and ${ as it stands when it is doubled', () => {
    const text = GOOD.replace('rate_limit: 1000', 'rate_limit: ${LIMIT}').replace('${TEAM:-none}', () => 'a $${b} c');
    const [main] = parseConfig(text, 'nexus.yaml', VARIABLES).providers;
    expect(main?.rate_limit).toBe(7);
    expect(main?.headers).toEqual({ 'x-team': 'a ${b} c' });
  });

  it('cannot be changed in its structure by the value of a variable', () => {
    const variables = { ...VARIABLES, MAIN_KEY: 'x"\n    kind: demo\n#' };
    expect(parseConfig(GOOD, 'nexus.yaml', variables).providers[0]).toMatchObject({
      kind: 'openai-compatible',
      api_key: variables.MAIN_KEY,
    });
  });
});

describe('one wrong line is told by file, line, path and rule', () => {
  it.each([
    [
      'kind: openai-compatible',
      'kind: opanai',
      'nexus.yaml:5: providers[0].kind',
      /one of openai, openai-compatible, .*demo/,
    ],
    [
      'kind: openai-compatible',
      'kind: gemini\n    max_tokens: 5',
      'nexus.yaml:6: providers[0].max_tokens',
      /is for kind: anthropic; gemini has none/,
    ],
    ['id: main', 'id: my provider', 'nexus.yaml:4: providers[0].id', /letters.*got "my provider"/],
    ['id: spare', 'id: main', 'nexus.yaml:12: providers[1].id', /another provider has this id/],
    [
      'server_url: https://api.example.com/v1',
      'server_url: api.example.com',
      'nexus.yaml:6: providers[0].server_url',
      /URL/,
    ],
    ['    server_url: https://api.example.com/v1\n', '', 'providers[0].server_url', /is missing/],
    ['rate_limit: 1000', 'rate_limit: many', 'nexus.yaml:8: providers[0].rate_limit', /expected a number.*got "many"/],
    ['rate_limit: 1000', 'rate_limt: 1000', 'nexus.yaml:8: providers[0].rate_limt', /not known.*spelling/],
    ['max_concurrency: 200', 'max_concurrency: 0', 'nexus.yaml:9: providers[0].max_concurrency', /at least 1.*got 0/],
    ['weight: 3', 'weight: -3', 'nexus.yaml:11: providers[0].models[1].weight', /0 or more.*got -3/],
    ['weight: 3', 'tier: 0', 'nexus.yaml:11: providers[0].models[1].tier', /whole number, at least 1.*got 0/],
    [
      'weight: 3',
      'when: { min_prompt_tokens: 5, max_prompt_tokens: 4 }',
      'nexus.yaml:11: providers[0].models[1].when',
      /min_prompt_tokens has to be at most max_prompt_tokens/,
    ],
    ['weight: 3', 'when: { callers: [] }', 'nexus.yaml:11: providers[0].models[1].when.callers', /at least one/],
    [
      'weight: 3',
      'when: { callers: [app, apq] }',
      'nexus.yaml:11: providers[0].models[1].when.callers[1]',
      /no key has this name; there are app, admin, anonymous/,
    ],
    ['weight: 3', 'when: { streamed: maybe }', 'models[1].when.streamed', /true or false.*got "maybe"/],
    ['weight: 3', 'when: { operations: [chatt] }', 'models[1].when.operations[0]', /one of chat, .*got "chatt"/],
    ['weight: 3', 'when: { model: x }', 'models[1].when.model', /not known/],
    ['cors:', 'fallbacks: { fast: [{ model: gpt-4o, on: [rain] }] }\ncors:', 'fallbacks.fast[0].on[0]', /got "rain"/],
    [
      'api_key: ${MAIN_KEY}',
      'api_key: ${MAIN_KEY}\n    api_keys: [CANARY-2]',
      'nexus.yaml:8: providers[0].api_keys',
      /api_key or api_keys, not both/,
    ],
    [
      'api_key: ${MAIN_KEY}',
      'api_keys: [CANARY, CANARY]',
      'nexus.yaml:7: providers[0].api_keys',
      /two keys are the same/,
    ],
    ['api_key: ${MAIN_KEY}', 'api_keys: []', 'nexus.yaml:7: providers[0].api_keys', /at least one key/],
    [
      'api_key: ${MAIN_KEY}',
      'api_keys: [{ name: a b, key: CANARY }]',
      'nexus.yaml:7: providers[0].api_keys[0].name',
      /letters, digits/,
    ],
    ['weight: 3', 'wait: 3', 'nexus.yaml:11: providers[0].models[1].wait', /not known/],
    [
      'role: user, models: [gpt-4o]',
      'models: [gpt-4o, fsat]',
      'nexus.yaml:14: keys[0].models[1]',
      /no provider has this model; there are gpt-4o, fast/,
    ],
    [
      'role: user, models: [gpt-4o]',
      'models: gpt-4o',
      'nexus.yaml:14: keys[0].models: expected a list',
      /expected a list$/,
    ],
    ['budget_usd: { day: 5, month: 1e2 }', 'budget_usd: 5', 'nexus.yaml:14: keys[0].budget_usd', /members of its own/],
    ['max_attempts: 3', 'hedge: true', 'nexus.yaml:16: routing.hedge: expected members of its own', /got true/],
    ['["https://app.example.com"]', '7', 'nexus.yaml:19: cors: expected "*", or a list of origins', /got 7/],
    [
      'role: user',
      'role: boss',
      'nexus.yaml:14: keys[0].role',
      /the key "app" has the role "boss", which does not exist; there are admin, operator, viewer, user, auditor/,
    ],
    ['[stats.read]', '[stats]', 'nexus.yaml:24: roles.auditor[0]', /expected one of chat, .*got "stats"/],
    [
      '[stats.read]',
      '{ permissions: [stats.read], signature: always }',
      'nexus.yaml:24: roles.auditor.signature',
      /expected required or allowed \(got "always"\)/,
    ],
    ['[stats.read]', 'stats.read', 'nexus.yaml:24: roles.auditor', /expected a list/],
    ['auditor:', 'admin:', 'nexus.yaml:24: roles.admin', /is a role of every hub/],
    ['auditor:', 'the auditor:', 'nexus.yaml:24: roles.the auditor', /letters, digits/],
    ['"${APP_KEY}"', 'CANARY', 'nexus.yaml:14: keys[0].key', /at least 8 characters/],
    ['"${APP_KEY}"', '12345678', 'nexus.yaml:14: keys[0].key', /expected text/],
    [
      'strategy: weighted',
      'strategy: lottery',
      'nexus.yaml:16: routing.strategy',
      /weighted, round-robin.*got "lottery"/,
    ],
    ['max_attempts: 3', 'hedge: { share: 2 }', 'nexus.yaml:16: routing.hedge.share', /expected 0 to 1/],
    ['max_attempts: 3', 'continuation: silent', 'nexus.yaml:16: routing.continuation', /expected off or marked/],
    ['max_concurrent: 9', 'max_concurrent: 0', 'nexus.yaml:14: keys[0].max_concurrent', /whole number, at least 1/],
    ['day: 5', 'day: 0', 'nexus.yaml:14: keys[0].budget_usd.day', /US dollars, over 0/],
    ['day: 5', 'day: 500', 'nexus.yaml:14: keys[0].budget_usd.day', /no more than `month` has/],
    ['day: 5', 'week: 5', 'nexus.yaml:14: keys[0].budget_usd.week', /not known/],
    ['day: 5, month: 1e2', '', 'nexus.yaml:14: keys[0].budget_usd', /day, month or both/],
    ['priority: -2', 'priority: high', 'nexus.yaml:14: keys[0].priority', /expected a number/],
    ['priority: -2', 'priority: 1000', 'nexus.yaml:14: keys[0].priority', /whole number, -100 to 100/],
    ['unpriced: allow', 'unpriced: never', 'nexus.yaml:15: limits.unpriced', /refuse or allow/],
    [
      'failures: 5',
      'when_all_open: pray',
      'nexus.yaml:18: circuit.when_all_open',
      /fail_fast, wait or least_bad.*"pray"/,
    ],
    ['deadline_ms: 60000', 'deadline: 60000', 'nexus.yaml:16: routing.deadline', /not known/],
    ['idle_ms: 60000', 'idle_ms: 0', 'nexus.yaml:17: timeouts.idle_ms', /at least 1.*got 0/],
    ['allow_private_upstreams: true', 'encrypt: true', 'nexus.yaml:21: security.encrypt', /not known/],
    ['input: 2.5', 'input: -2.5', 'nexus.yaml:22: prices.models.gpt-4o*.input', /US dollars.*0 or more.*got -2.5/],
    ['input: 2.5', 'inputs: 2.5', 'nexus.yaml:22: prices.models.gpt-4o*', /not known/],
    ['gpt-4o*:', 'gpt-*-o:', 'nexus.yaml:22: prices.models.gpt-*-o', /"\*" at its end/],
    [
      'by_provider: { main',
      'by_provider: { mian',
      'nexus.yaml:22: prices.by_provider.mian',
      /no provider.*main, spare/,
    ],
    ['max_heap_share: 0.7', 'max_heap_share: 2', 'nexus.yaml:23: shedding', /0\.1 to 0\.9/],
    ['max_in_flight: 500', 'in_flight: 500', 'nexus.yaml:23: shedding', /in_flight.*not known|not known/],
    ['shedding: {', 'shedding: true #', 'nexus.yaml:23: shedding', /limits, or false/],
    ['max_concurrency: 200', 'max_queue: -1', 'nexus.yaml:9: providers[0].max_queue', /0 or more.*got -1/],
    ['max_concurrency: 200', 'max_wait_ms: 0', 'nexus.yaml:9: providers[0].max_wait_ms', /at least 1.*got 0/],
    ['port: 8100', 'port: 81000', 'nexus.yaml:2: port', /port.*got 81000/],
    ['port: 8100', 'prot: 8100', 'nexus.yaml:2: prot', /not known/],
    ['["https://app.example.com"]', '[app]', 'nexus.yaml:19: cors', /origin/],
    ['${MAIN_KEY}', '${MIAN_KEY}', 'nexus.yaml:7: providers[0].api_key', /variable MIAN_KEY is not set/],
    ['${MAIN_KEY}', '${}', 'nexus.yaml:7: providers[0].api_key', /not set/],
    ['  - id: main', '  - id: main\n    id: other', 'nexus.yaml:5', /unique/],
    ['port: 8100', 'port: [8100', 'nexus.yaml:', /not valid YAML/],
    ['port: 8100', '\tport: 8100', 'nexus.yaml:2', /not valid YAML/],
  ])('%s -> %s', (right, wrong, where, rule) => {
    const message = failureOf(GOOD.replace(right, wrong), 'nexus.yaml');
    expect(message).toContain(where);
    expect(message).toMatch(rule);
    expect(message).not.toContain('CANARY');
  });

  it.each([
    ['', 'empty.yaml', /empty\.yaml: the file: is empty: expected providers at least$/],
    ['[]', 'list.yaml', /list\.yaml:1/],
    ['providers: &all [{ id: main, models: *all }]', 'round.yaml', /round\.yaml: its aliases .* lead to themselves/],
    [
      `a: &a [1,1,1,1,1,1,1,1,1]\n${['b', 'c', 'd', 'e', 'f'].map((name, place) => `${name}: &${name} [${Array(9).fill(`*${'abcde'[place]}`).join()}]`).join('\n')}`,
      'bomb.yaml',
      /bomb\.yaml: its aliases .* too much/,
    ],
    [
      'providers:\n  - { id: a, kind: demo, models: [{ name: m, weight: 0 }] }\n  - { id: b, kind: demo, models: [{ name: m, weight: 0 }] }',
      'share.yaml',
      /^share\.yaml:2: providers\[0\]\.models\[0\]\.weight: the weights of the model "m" are all 0; give one of them a share$/,
    ],
    [
      'providers:\n  - { id: a, kind: demo, models: [m, n] }\nfallbacks:\n  m: [n]\n  n: { model: m }',
      'circle.yaml',
      /^circle\.yaml:4: fallbacks\.m: goes round in a circle: m -> n -> m; take one of these steps out$/,
    ],
    [
      'providers:\n  - { id: a, kind: demo, models: [m] }\nfallbacks:\n  m: [zz]\n  yy: m\n  m2: { model: m3 }',
      'stray.yaml',
      /^stray\.yaml:4: fallbacks\.m\[0\]: no provider has this model; there are m\nstray\.yaml:5: fallbacks\.yy: .*\nstray\.yaml:6: fallbacks\.m2: .*\nstray\.yaml:6: fallbacks\.m2: /,
    ],
    [
      'providers:\n  - { id: a, kind: demo, models: [m] }\nkeys:\n  - { name: app, key: app-key-0001, models: [], providers: [] }',
      'nothing.yaml',
      /^nothing\.yaml:4: keys\[0\]\.models: expected at least one; leave it out to let the key use all models\nnothing\.yaml:4: keys\[0\]\.providers: /,
    ],
    ['providers: []', 'none.yaml', /none\.yaml:1: providers: expected at least one provider/],
    ['{"providers": [], }', 'comma.json', /comma\.json: not valid JSON/],
    ['{"providers": ', 'half.json', /half\.json:1: not valid JSON/],
  ])('%j as a whole', (text, file, message) => {
    expect(failureOf(text, file)).toMatch(message);
  });

  it('all wrong lines are told at once', () => {
    const message = failureOf(
      GOOD.replace('port: 8100', 'prot: 1').replace('idle_ms: 60000', 'idle_ms: 0'),
      'nexus.yaml',
    );
    expect(message.split('\n')).toHaveLength(2);
  });
});

function failureOf(text: string, file: string): string {
  try {
    parseConfig(text, file, VARIABLES);
  } catch (cause) {
    expect(cause).toBeInstanceOf(Problem);
    return (cause as Problem).message;
  }
  throw new Error('The file was taken.');
}
