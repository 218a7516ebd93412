import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { FORWARD_OPERATION_NAMES } from 'nexusai-hub/provider-kit';
import { type MakeProvider, type ProviderCaseOptions, providerCases, type UpstreamDialect } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { anthropicDialect } from './dialects/anthropic.ts';
import { ernieDialect } from './dialects/ernie.ts';
import { geminiDialect } from './dialects/gemini.ts';

const KEY = 'canary-4f1d0c7e9b';
const SECRET = 'canary-8b2e6a1f3c';

const ERNIE: ProviderCaseOptions = {
  dialect: ernieDialect,
  secrets: [KEY, SECRET],
  skip: { 'key-not-in-url': 'the interface takes its token nowhere else' },
};
const legacyErnie: MakeProvider = ({ url }) =>
  ernie({ apiKey: KEY, secretKey: SECRET, baseUrl: url, endpoints: { 'test-model': 'test' } });

const AZURE = {
  listModels: 'a key lists what a region has, not what is deployed',
  moderations: 'Azure has none',
  image_variations: 'Azure has none',
};
const QIANFAN = Object.fromEntries(
  FORWARD_OPERATION_NAMES.filter((name) => name !== 'image_generations').map((name) => [name, 'Qianfan has none']),
);

describe.each<[string, MakeProvider, ProviderCaseOptions?]>([
  ['openai', ({ url }) => openai({ apiKey: KEY, baseUrl: url })],
  ['openai, the key from a function', ({ url }) => openai({ apiKey: async () => KEY, baseUrl: url })],
  ['openai-compatible', ({ url }) => openaiCompatible({ apiKey: KEY, baseUrl: `${url}/v1` })],
  ['openai-compatible by fetch', ({ url }) => openaiCompatible({ apiKey: KEY, baseUrl: url, fetch })],
  ['openai-compatible, mistral', ({ url }) => openaiCompatible({ preset: 'mistral', apiKey: KEY, baseUrl: url })],
  [
    'azure',
    ({ url }) => azure({ apiKey: KEY, endpoint: url, apiVersion: '2024-10-21' }),
    { without: { ...AZURE, responses: 'only on the v1 path' } },
  ],
  ['azure, v1 with a token', ({ url }) => azure({ token: async () => KEY, endpoint: url }), { without: AZURE }],
  ['ernie, Qianfan V2', ({ url }) => ernie({ apiKey: KEY, baseUrl: url }), { without: QIANFAN }],
  ['ernie, legacy', legacyErnie, ERNIE],
  ['anthropic', ({ url }) => anthropic({ apiKey: KEY, baseUrl: url }), { dialect: anthropicDialect }],
  ['gemini', ({ url }) => gemini({ apiKey: KEY, baseUrl: url }), { dialect: geminiDialect }],
])('%s does what every provider has to do', (_name, make, options = {}) => {
  for (const { name, run, skipped } of providerCases(make, options)) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  const make: MakeProvider = () => {
    throw new Error('not asked for');
  };

  it('say when a skip is wrong', () => {
    expect(() => providerCases(make, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
    expect(() => providerCases(make, { skip: { 'whole-ok': '' } })).toThrow(/needs a reason/);
    const skipped = providerCases(make, { skip: { 'whole-ok': 'streams only' } }).filter((one) => one.skipped);
    expect(skipped.map(({ id, skipped: reason }) => [id, reason])).toEqual([['whole-ok', 'streams only']]);
  });

  it('are many, with names of their own, and carry their lessons', () => {
    const cases = providerCases(make);
    expect(cases.length).toBeGreaterThan(80);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    const lessons = [
      'S1',
      'S2',
      'S3',
      'S4',
      'S5',
      'S6',
      'S7',
      'S8',
      'S10',
      'S11',
      'C1',
      'C2',
      'C3',
      'C6',
      'E1',
      'E2',
      'R6',
    ];
    expect(cases.map(({ lesson }) => lesson)).toEqual(expect.arrayContaining(lessons));
    for (const { name, lesson } of cases) expect(lesson === undefined || name.startsWith(`${lesson}: `)).toBe(true);
  });

  it('are left out only where the server cannot say what they are about', () => {
    const mute: UpstreamDialect = { ...ernieDialect, lacks: ['reasoning', 'tool calls'] };
    const reasonOf = (id: string): string | undefined =>
      providerCases(make, { dialect: mute }).find((one) => one.id === id)?.skipped;
    expect(reasonOf('stream-reasoning')).toBe('wenxinworkshop cannot say it: reasoning');
    expect(reasonOf('tools-parallel')).toBe('wenxinworkshop cannot say it: parallel tool calls');
    expect(reasonOf('stream-no-end-mark')).toBe('wenxinworkshop has no end mark');
    expect(reasonOf('usage-running')).toBe('wenxinworkshop does not have the habits of chat completions');
    expect(reasonOf('stream-whole')).toBeUndefined();
  });
});
