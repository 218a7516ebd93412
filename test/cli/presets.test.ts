import { checkedFile, type CheckedConfig } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import type { Provider } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { configuredOptions } from './configured-options.ts';

function settled(provider: object): CheckedConfig {
  return checkedFile({ providers: [{ id: 'one', ...provider }] }, providerKinds);
}

function madeOf(checked: CheckedConfig): Provider | undefined {
  if (!('config' in checked)) throw new Error(JSON.stringify(checked.complaints));
  return configuredOptions(checked.config).providers['one'];
}

describe('preset', () => {
  it.each([
    [{ preset: 'deepseek', api_key: 'k' }, 'deepseek'],
    [{ preset: 'ollama', server_url: 'http://127.0.0.1:11434/v1' }, 'ollama'],
    [{ preset: 'qwen', server_url: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1' }, 'qwen'],
    [{ server_url: 'https://api.example.com/v1' }, 'openai-compatible'],
  ])('%j', (provider, kind) => {
    expect(madeOf(settled({ kind: 'openai-compatible', ...provider }))?.kind).toBe(kind);
  });

  it.each([
    [{ kind: 'openai-compatible', preset: 'depseek' }, 'preset', /expected one of deepseek, qwen/],
    [{ kind: 'openai-compatible', preset: 'vllm' }, 'server_url', /is missing; vllm needs the URL/],
    [{ kind: 'openai-compatible' }, 'server_url', /is missing; openai-compatible needs the URL/],
    [{ kind: 'openai', api_key: 'k', preset: 'groq' }, 'preset', /is for kind: openai-compatible; openai has none/],
  ])('wrong: %j', (provider, member, message) => {
    const [complaint] = settled(provider).complaints;
    expect(complaint).toMatchObject({ path: ['providers', 0, member], message: expect.stringMatching(message) });
  });

  it('a key that is missing is told with the provider', () => {
    const config = settled({ kind: 'openai-compatible', preset: 'groq' });
    expect(() => madeOf(config)).toThrow('the provider "one": openaiCompatible: apiKey is missing');
  });
});
