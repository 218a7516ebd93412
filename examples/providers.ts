/**
 * Asks every kind of provider one question, where its key is in the environment, and says what it left out. The demo
 * needs no key. Run it with `npx tsx examples/providers.ts`.
 */
import { isNexusError, NexusHub } from 'nexusai-hub';
import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { demo } from 'nexusai-hub/adapters/demo';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { type HostedPreset, openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { Provider } from 'nexusai-hub/ports';

const { env } = process;
const endpoint = env['AZURE_OPENAI_ENDPOINT'] ?? '';
const azureNeeds = endpoint === '' ? 'AZURE_OPENAI_ENDPOINT' : 'AZURE_OPENAI_API_KEY';
const preset = (name: HostedPreset) => (apiKey: string) => openaiCompatible({ preset: name, apiKey });
const own = (name: 'ollama' | 'vllm') => (baseUrl: string) => openaiCompatible({ preset: name, baseUrl });

/** A model, the variable that has to be set, and the provider made with its value. */
const KINDS: Readonly<Record<string, readonly [model: string, variable: string, make: (value: string) => Provider]>> = {
  openai: ['gpt-4o-mini', 'OPENAI_API_KEY', (apiKey) => openai({ apiKey })],
  azure: ['gpt-4o-mini', azureNeeds, (apiKey) => azure({ apiKey, endpoint })],
  ernie: ['ernie-4.5-turbo-128k', 'QIANFAN_API_KEY', (apiKey) => ernie({ apiKey })],
  anthropic: ['claude-haiku-4-5', 'ANTHROPIC_API_KEY', (apiKey) => anthropic({ apiKey })],
  gemini: ['gemini-2.5-flash', 'GEMINI_API_KEY', (apiKey) => gemini({ apiKey })],
  deepseek: ['deepseek-chat', 'DEEPSEEK_API_KEY', preset('deepseek')],
  qwen: ['qwen-plus', 'DASHSCOPE_API_KEY', preset('qwen')],
  moonshot: ['kimi-k2-turbo-preview', 'MOONSHOT_API_KEY', preset('moonshot')],
  xai: ['grok-4', 'XAI_API_KEY', preset('xai')],
  mistral: ['mistral-small-latest', 'MISTRAL_API_KEY', preset('mistral')],
  groq: ['llama-3.3-70b-versatile', 'GROQ_API_KEY', preset('groq')],
  openrouter: ['openrouter/auto', 'OPENROUTER_API_KEY', preset('openrouter')],
  vllm: [env['VLLM_MODEL'] ?? 'default', 'VLLM_BASE_URL', own('vllm')],
  ollama: [env['OLLAMA_MODEL'] ?? 'qwen3', 'OLLAMA_BASE_URL', own('ollama')],
};

async function said(provider: Provider, model: string): Promise<string> {
  const hub = new NexusHub({ providers: { [provider.kind]: provider } });
  try {
    const messages = [{ role: 'user' as const, content: 'Say hello in five words.' }];
    const { choices } = await hub.chat.completions.create({ model, messages });
    return choices[0]?.message.content ?? '';
  } catch (error) {
    if (!isNexusError(error)) throw error;
    return `${error.code}: ${error.details.providerMessage ?? error.message}`;
  } finally {
    await hub.close();
  }
}

console.log(`demo: ${await said(demo(), 'demo')}`);
for (const [kind, [model, variable, make]] of Object.entries(KINDS))
  console.log(`${kind}: ${env[variable] ? await said(make(env[variable]), model) : `skipped, ${variable} is not set`}`);
