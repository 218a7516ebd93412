import { describe, expect, it } from 'vitest';

import { checkConfig } from '../../cli/config-schema.ts';
import { providersFromConfig } from '../../cli/providers-from-config.ts';

function settled(provider: object): ReturnType<typeof checkConfig> {
  return checkConfig({ providers: [{ id: 'one', ...provider }] });
}

describe('preset', () => {
  it.each([
    [{ preset: 'deepseek', api_key: 'k' }, 'deepseek'],
    [{ preset: 'ollama', server_url: 'http://127.0.0.1:11434/v1' }, 'ollama'],
    [{ preset: 'qwen', server_url: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1' }, 'qwen'],
    [{ server_url: 'https://api.example.com/v1' }, 'openai-compatible'],
  ])('%j', (provider, kind) => {
    const config = settled({ kind: 'openai-compatible', ...provider });
    expect(config.error).toBeUndefined();
    expect(providersFromConfig(config.data!.providers, 'nexus.yaml')['one']?.kind).toBe(kind);
  });

  it.each([
    [{ kind: 'openai-compatible', preset: 'depseek' }, 'preset', /expected one of deepseek, qwen/],
    [{ kind: 'openai-compatible', preset: 'vllm' }, 'server_url', /is missing; vllm needs the URL/],
    [{ kind: 'openai-compatible' }, 'server_url', /is missing; openai-compatible needs the URL/],
    [{ kind: 'openai', api_key: 'k', preset: 'groq' }, 'preset', /is for kind: openai-compatible; openai has none/],
  ])('wrong: %j', (provider, member, message) => {
    const [issue] = settled(provider).error!.issues;
    expect(issue).toMatchObject({ path: ['providers', 0, member], message: expect.stringMatching(message) });
  });

  it('a key that is missing is told with the provider', () => {
    const config = settled({ kind: 'openai-compatible', preset: 'groq' });
    expect(() => providersFromConfig(config.data!.providers, 'nexus.yaml')).toThrow(
      'nexus.yaml: providers[0] ("one"): openaiCompatible: apiKey is missing',
    );
  });
});
