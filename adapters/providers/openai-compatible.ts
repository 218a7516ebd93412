import type { Provider } from 'nexusai-hub/ports';
import {
  chatCompletionsProvider,
  checkBaseUrl,
  checkCount,
  checkKey,
  checkNames,
  checkOneOf,
  checkTransport,
  createTransport,
  FORWARD_OPERATION_NAMES,
  keyring,
  type KeySource,
  type TransportOptions,
} from 'nexusai-hub/provider-kit';

import { preparation } from './openai-compatible/prepare.ts';
import { type HostedPreset, isHostedPreset, presetOf, type PresetName, PRESETS } from './openai-compatible/presets.ts';
import { checkQuirks, type Quirks } from './openai-compatible/quirks.ts';

export type { HostedPreset, PresetName, Quirks };
export { isHostedPreset };

/** Names of the servers that are known, to check a setting against. */
export const PRESET_NAMES: readonly PresetName[] = namesOf(PRESETS);

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  // TypeScript gives the keys of any object as plain strings: it might have more than its type says.
  return Object.keys(table) as Name[];
}

/** Options of {@link openaiCompatible}. Which server it is, is said by `baseUrl`, by `preset`, or by both. */
export type OpenAICompatibleOptions = ServerOptions & (OwnServer | HostedServer);

/** A server whose address is told. */
export interface OwnServer {
  readonly baseUrl: string;
  /** What is known of servers of this name: their quirks. */
  readonly preset?: PresetName;
}

/** A server whose address is known. */
export interface HostedServer {
  /** Its address and its quirks. */
  readonly preset: HostedPreset;
  /** @default the public address of the preset */
  readonly baseUrl?: string;
}

/** What can be told about any server. */
export interface ServerOptions extends Omit<TransportOptions, 'baseUrl'> {
  /** The key, or a function that is asked for it before every request. Absent: none is sent (Ollama, vLLM). */
  readonly apiKey?: KeySource;
  /** What it is called in records. @default the name of the preset, else 'openai-compatible' */
  readonly name?: string;
  /** Names it serves. Absent: any name may be sent to it. */
  readonly models?: readonly string[];
  /**
   * Where the server differs in what it takes; what stands here goes before the preset. What it answers is understood
   * in any of the known dialects.
   */
  readonly quirks?: Quirks;
  /** Largest event of a stream, in bytes. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Largest answer that is not a stream, in bytes. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/**
 * Any server that speaks OpenAI's chat completions. DeepSeek, Qwen, Moonshot, xAI, Mistral, Groq, OpenRouter, vLLM and
 * Ollama are known by name: `openaiCompatible({ preset: 'deepseek', apiKey })`.
 * @throws TypeError naming the option that is wrong.
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Provider {
  checkOneOf('openaiCompatible', 'preset', options.preset, PRESET_NAMES);
  const preset = presetOf(options.preset);
  const { apiKey, name = options.preset ?? 'openai-compatible', models, preset: _preset, ...rest } = options;
  const quirks = { ...preset.quirks, ...options.quirks };
  const baseUrl = options.baseUrl ?? preset.baseUrl;
  if (baseUrl === undefined && options.preset !== undefined)
    throw new TypeError(`openaiCompatible: baseUrl is missing; ${options.preset} runs where you run it.`);
  checkBaseUrl('openaiCompatible', 'baseUrl', baseUrl);
  const transport = { ...rest, baseUrl: baseUrl ?? '' };
  if (apiKey !== undefined) checkKey('openaiCompatible', 'apiKey', apiKey);
  else if (preset.needsKey === true && options.baseUrl === undefined)
    throw new TypeError(`openaiCompatible: apiKey is missing; ${name} takes no request without one.`);
  checkTransport('openaiCompatible', transport);
  checkNames('openaiCompatible', 'models', models);
  checkCount('openaiCompatible', 'maxFrameBytes', rest.maxFrameBytes);
  checkCount('openaiCompatible', 'maxAnswerBytes', rest.maxAnswerBytes);
  checkQuirks('openaiCompatible', quirks);

  return chatCompletionsProvider({
    kind: name,
    models,
    key: apiKey === undefined ? undefined : keyring(apiKey),
    transport: createTransport(transport),
    prepare: preparation(quirks),
    asksForUsage: quirks.usageInStream !== 'never',
    hasEmbeddings: quirks.embeddings ?? true,
    hasModelList: quirks.modelList ?? true,
    operations: quirks.operations ?? FORWARD_OPERATION_NAMES,
    maxFrameBytes: rest.maxFrameBytes,
    maxAnswerBytes: rest.maxAnswerBytes,
  });
}
