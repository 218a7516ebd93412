import type { Provider } from 'nexusai-hub/ports';
import type { ProviderKind, ProviderSettings, UpstreamRules } from 'nexusai-hub/provider-kit';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { demo } from './demo.ts';
import { ernie } from './ernie.ts';
import { gemini } from './gemini.ts';
import {
  type HostedServer,
  isHostedPreset,
  openaiCompatible,
  type OwnServer,
  PRESET_NAMES,
  type PresetName,
} from './openai-compatible.ts';
import { openai } from './openai.ts';

/** Every kind of providers that comes with the package, by the name a configuration has for it. */
export const providerKinds = {
  openai: {
    needs: ['api_key'],
    members: [],
    make: (settings, security) => openai({ ...commonOf(settings, security), ...keyAndServerOf(settings) }),
  },
  'openai-compatible': {
    members: ['preset'],
    *check({ preset, server_url: url }) {
      if (preset !== undefined && !isPreset(preset)) yield ['preset', `expected one of ${PRESET_NAMES.join(', ')}`];
      else if (url === undefined && !isHostedPreset(preset))
        yield ['server_url', `is missing; ${preset ?? 'openai-compatible'} needs the URL of its server`];
    },
    make: (settings, security) =>
      openaiCompatible({
        ...commonOf(settings, security),
        ...serverOf(settings),
        ...(settings.api_key === undefined ? {} : { apiKey: settings.api_key }),
      }),
  },
  azure: {
    needs: ['server_url', 'api_key'],
    members: ['api_version'],
    make: (settings, security) =>
      azure({
        ...commonOf(settings, security),
        endpoint: settings.server_url ?? '',
        apiKey: settings.api_key ?? '',
        ...(settings.api_version === undefined ? {} : { apiVersion: settings.api_version }),
      }),
  },
  ernie: {
    needs: ['api_key'],
    members: ['secret_key', 'app_id'],
    make: (settings, security) =>
      ernie({
        ...commonOf(settings, security),
        ...keyAndServerOf(settings),
        ...(settings.secret_key === undefined ? {} : { secretKey: settings.secret_key }),
        ...(settings.app_id === undefined ? {} : { appId: settings.app_id }),
      }),
  },
  anthropic: {
    needs: ['api_key'],
    members: ['max_tokens'],
    make: (settings, security) =>
      anthropic({
        ...commonOf(settings, security),
        ...keyAndServerOf(settings),
        ...(settings.max_tokens === undefined ? {} : { maxTokens: settings.max_tokens }),
      }),
  },
  gemini: {
    needs: ['api_key'],
    members: [],
    make: (settings, security) => gemini({ ...commonOf(settings, security), ...keyAndServerOf(settings) }),
  },
  demo: {
    members: [],
    *check({ server_url: url, api_key: key }) {
      if ((url ?? key) !== undefined) yield ['kind', 'demo takes no server_url and no api_key'];
    },
    make: ({ models }): Provider => demo(models ? { models } : {}),
  },
} as const satisfies Readonly<Record<string, ProviderKind>>;

interface Common {
  readonly headers?: Readonly<Record<string, string>>;
  readonly security?: UpstreamRules;
  readonly models?: readonly string[];
}

function commonOf({ headers, models }: ProviderSettings, security: UpstreamRules | undefined): Common {
  return { ...(headers ? { headers } : {}), ...(security ? { security } : {}), ...(models ? { models } : {}) };
}

function keyAndServerOf({ api_key: apiKey = '', server_url: baseUrl }: ProviderSettings): {
  readonly apiKey: string;
  readonly baseUrl?: string;
} {
  return { apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) };
}

/** Where a server of OpenAI's family is: at its own address, or where its preset says. */
function serverOf({ preset: name, server_url: baseUrl }: ProviderSettings): OwnServer | HostedServer {
  const preset = name !== undefined && isPreset(name) ? name : undefined;
  if (baseUrl === undefined && isHostedPreset(preset)) return { preset };
  return { ...(preset === undefined ? {} : { preset }), baseUrl: baseUrl ?? '' };
}

function isPreset(name: string): name is PresetName {
  return PRESET_NAMES.some((known) => known === name);
}
