import { severalKeys } from 'nexusai-hub';
import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { demo } from 'nexusai-hub/adapters/demo';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import {
  type HostedServer,
  isHostedPreset,
  openaiCompatible,
  type OwnServer,
} from 'nexusai-hub/adapters/openai-compatible';
import type { Provider } from 'nexusai-hub/ports';
import type { UpstreamRules } from 'nexusai-hub/provider-kit';
import type { ProviderConfig } from './config-schema.ts';
import { Problem } from './problem.ts';

/**
 * The adapters behind the file's providers, by their ids.
 * @throws Problem naming file and provider whose settings its adapter does not take.
 */
export function providersFromConfig(
  providers: readonly ProviderConfig[],
  file = 'the configuration',
  security?: UpstreamRules,
): Record<string, Provider> {
  return Object.fromEntries(
    providers.map((provider, place) => [
      provider.id,
      checkedProviderOf(provider, `${file}: providers[${place}]`, security),
    ]),
  );
}

function checkedProviderOf(provider: ProviderConfig, place: string, security: UpstreamRules | undefined): Provider {
  try {
    const { api_keys: keys } = provider;
    if (!keys) return providerOf(provider, security);
    return severalKeys(
      Object.fromEntries(keys.map(({ name, key }) => [name, providerOf({ ...provider, api_key: key }, security)])),
    );
  } catch (cause) {
    if (cause instanceof TypeError) throw new Problem(`${place} ("${provider.id}"): ${cause.message}`, { cause });
    throw cause;
  }
}

function providerOf(provider: ProviderConfig, security: UpstreamRules | undefined): Provider {
  const { kind, server_url: baseUrl, api_key: apiKey, headers, models } = provider;
  const common = {
    ...(headers ? { headers } : {}),
    ...(security ? { security } : {}),
    ...(models ? { models: models.map(({ name }) => name) } : {}),
  };
  switch (kind) {
    case 'demo':
      return demo(models ? { models: models.map(({ name }) => name) } : {});
    case 'openai':
      return openai({ ...common, apiKey: apiKey ?? '', ...(baseUrl === undefined ? {} : { baseUrl }) });
    case 'openai-compatible':
      return openaiCompatible({ ...common, ...serverOf(provider), ...(apiKey === undefined ? {} : { apiKey }) });
    case 'azure':
      return azure({
        ...common,
        endpoint: baseUrl ?? '',
        apiKey: apiKey ?? '',
        ...(provider.api_version === undefined ? {} : { apiVersion: provider.api_version }),
      });
    case 'ernie':
      return ernie({
        ...common,
        apiKey: apiKey ?? '',
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(provider.secret_key === undefined ? {} : { secretKey: provider.secret_key }),
        ...(provider.app_id === undefined ? {} : { appId: provider.app_id }),
      });
    case 'anthropic':
      return anthropic({
        ...common,
        apiKey: apiKey ?? '',
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(provider.max_tokens === undefined ? {} : { maxTokens: provider.max_tokens }),
      });
    case 'gemini':
      return gemini({ ...common, apiKey: apiKey ?? '', ...(baseUrl === undefined ? {} : { baseUrl }) });
    default:
      return kind satisfies never;
  }
}

/** Where a server of OpenAI's family is: at its own address, or where its preset says. */
function serverOf({ preset, server_url: baseUrl }: ProviderConfig): OwnServer | HostedServer {
  if (baseUrl === undefined && isHostedPreset(preset)) return { preset };
  return { ...(preset === undefined ? {} : { preset }), baseUrl: baseUrl ?? '' };
}
