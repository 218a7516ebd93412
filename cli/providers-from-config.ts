import { demo } from 'nexusai-hub/adapters/demo';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { Provider } from 'nexusai-hub/ports';
import type { ProviderConfig } from './config-schema.ts';
import { Problem } from './problem.ts';

/**
 * The adapters behind the file's providers, by their ids.
 * @throws Problem naming the provider whose settings its adapter does not take.
 */
export function providersFromConfig(providers: readonly ProviderConfig[]): Record<string, Provider> {
  return Object.fromEntries(providers.map((provider) => [provider.id, checkedProviderOf(provider)]));
}

function checkedProviderOf(provider: ProviderConfig): Provider {
  try {
    return providerOf(provider);
  } catch (cause) {
    if (cause instanceof TypeError) throw new Problem(`provider "${provider.id}": ${cause.message}`, { cause });
    throw cause;
  }
}

function providerOf({ kind, server_url: baseUrl, api_key: apiKey, headers, models }: ProviderConfig): Provider {
  const common = {
    ...(headers ? { headers } : {}),
    ...(models ? { models: models.map(({ name }) => name) } : {}),
  };
  switch (kind) {
    case 'demo':
      return demo(models ? { models: models.map(({ name }) => name) } : {});
    case 'openai':
      return openai({ ...common, apiKey: apiKey ?? '', ...(baseUrl === undefined ? {} : { baseUrl }) });
    case 'openai-compatible':
      return openaiCompatible({ ...common, baseUrl: baseUrl ?? '', ...(apiKey === undefined ? {} : { apiKey }) });
    default:
      return kind satisfies never;
  }
}
