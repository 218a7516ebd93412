import type { Quirks } from './quirks.ts';

/** What is known of a server. */
export interface Preset {
  /** Where its public API is; absent for servers people run themselves. */
  readonly baseUrl?: string;
  /** True: it takes no request without a key. */
  readonly needsKey?: boolean;
  readonly quirks?: Quirks;
}

/**
 * Servers of the family by their names. Only what differs stands here: what they answer is understood without being
 * told. Source: providers.md section 7.
 */
export const PRESETS = {
  // Usage comes on the finish chunk, unasked; completions are under another base URL (/beta).
  deepseek: {
    baseUrl: 'https://api.deepseek.com/v1',
    needsKey: true,
    quirks: { usageInStream: 'never', operations: [] },
  },
  // 400 "parameter.enable_thinking must be set to false for non-streaming calls".
  qwen: {
    baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    needsKey: true,
    quirks: { thinkingSwitch: 'enable_thinking' },
  },
  moonshot: { baseUrl: 'https://api.moonshot.cn/v1', needsKey: true },
  xai: { baseUrl: 'https://api.x.ai/v1', needsKey: true },
  // Usage comes unasked; an id that is not 9 letters and digits gets a 400.
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    needsKey: true,
    quirks: { usageInStream: 'never', toolCallIdLength: 9 },
  },
  groq: { baseUrl: 'https://api.groq.com/openai/v1', needsKey: true },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', needsKey: true },
  vllm: {},
  // Of the two names for the limit it knows the older; it takes any key, also none.
  ollama: { quirks: { maxTokensName: 'max_tokens', ignoresToolChoice: true } },
} as const satisfies Readonly<Record<string, Preset>>;

/** Name of a server this version knows. */
export type PresetName = keyof typeof PRESETS;

/** Names of servers with a public address. */
export type HostedPreset = {
  [Name in PresetName]: (typeof PRESETS)[Name] extends { readonly baseUrl: string } ? Name : never;
}[PresetName];

/** What is known of the server with this name; nothing without a name. */
export function presetOf(name: PresetName | undefined): Preset {
  return name === undefined ? {} : PRESETS[name];
}

/** True when the server with this name has a public address. */
export function isHostedPreset(name: PresetName | undefined): name is HostedPreset {
  return presetOf(name).baseUrl !== undefined;
}
