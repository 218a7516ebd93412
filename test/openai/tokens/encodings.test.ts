import { describe, expect, it } from 'vitest';

import { baseModelOf } from '../../../src/openai/tokens/base-model.ts';
import { encodingOf } from '../../../src/openai/tokens/encodings.ts';

describe('encodingOf', () => {
  it.each([
    [
      'o200k_base',
      'gpt-5',
      'gpt-5.1-mini',
      'gpt-4.1-nano',
      'gpt-4.5-preview',
      'gpt-4o',
      'GPT-4o-mini',
      'chatgpt-4o-latest',
    ],
    ['o200k_base', 'o1', 'o1-preview', 'o3-mini', 'o4-mini-2025-04-16', 'gpt-oss-20b', 'openai.gpt-oss-120b-1:0'],
    ['o200k_base', 'openai/gpt-4o', 'azure/gpt-4o', 'accounts/fireworks/models/gpt-oss-120b', 'ft:gpt-4o:acme/x::id'],
    [
      'cl100k_base',
      'gpt-4',
      'gpt-4-0613',
      'gpt-4-turbo',
      'gpt-3.5-turbo',
      'gpt-35-turbo-16k',
      'ft:gpt-3.5-turbo:acme::id',
    ],
    ['cl100k_base', 'text-embedding-ada-002', 'text-embedding-3-small', 'davinci-002', 'babbage-002'],
    ['p50k_base', 'text-davinci-003', 'code-davinci-002'],
    ['r50k_base', 'text-davinci-001', 'davinci', 'curie', 'ada', 'text-ada-001'],
  ] as const)('knows %s: %s and others', (encoding, ...models) => {
    for (const model of models) expect(encodingOf(model), model).toBe(encoding);
  });

  it.each([
    'ernie-4.5',
    'qwen-max',
    'claude-3',
    'gpt-4all',
    'o100',
    'o1x',
    'adam',
    'my-gpt-4o',
    '',
    'gpt',
    'gemini-2.5-pro',
  ])('does not know %s', (model) => {
    expect(encodingOf(model)).toBeUndefined();
  });
});

it.each([
  ['Qwen/Qwen2.5-72B-Instruct', 'qwen2.5-72b-instruct'],
  ['us.anthropic.claude-sonnet-4', 'claude-sonnet-4'],
  ['models/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['ft:gpt-4o:my/org::1', 'gpt-4o:my/org::1'],
  ['gpt-4.1', 'gpt-4.1'],
  ['openai/ft:gpt-4o::1', 'gpt-4o::1'],
])('takes off what stands around a name: %s', (model, base) => {
  expect(baseModelOf(model)).toBe(base);
});
