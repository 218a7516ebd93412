import { NexusError } from 'nexusai-hub/provider-kit';

/** Endpoints whose names differ from their models' (in lower case), from Baidu's SDKs; providers.md section 5.2. */
const CHAT: Readonly<Record<string, readonly string[]>> = {
  completions_pro: ['ernie-4.0-8k', 'ernie-4.0', 'ernie-bot-4'],
  completions_adv_pro: ['ernie-4.0-8k-preview-0518'],
  completions_pro_preemptible: ['ernie-4.0-8k-preemptible'],
  completions: ['ernie-3.5-8k', 'ernie-bot'],
  completions_preemptible: ['ernie-3.5-8k-preemptible'],
  ernie_bot_8k: ['ernie-bot-8k'],
  'eb-instant': ['ernie-bot-turbo', 'ernie-lite-8k-0922'],
  'ernie-lite-8k': ['ernie-lite-8k-0308'],
  ernie_speed: ['ernie-speed', 'ernie-speed-8k'],
  'ernie-char-8k': ['ernie-character-8k', 'ernie-character-8k-0321'],
  'ernie-char-fiction-8k': ['ernie-character-fiction-8k'],
  'ernie-func-8k': ['ernie-functions-8k', 'ernie-function-8k'],
  ai_apaas: ['ernie-speed-appbuilder', 'ernie-bot-turbo-ai', 'eb-turbo-appbuilder'],
  ai_apaas_lite: ['ernie-lite-appbuilder-8k-0614'],
  bloomz_7b1: ['bloomz-7b'],
  llama_2_7b: ['llama-2-7b-chat', 'llama-2-7b'],
  llama_2_13b: ['llama-2-13b-chat', 'llama-2-13b'],
  llama_2_70b: ['llama-2-70b-chat', 'llama-2-70b'],
  llama_3_8b: ['meta-llama-3-8b'],
  llama_3_70b: ['meta-llama-3-70b'],
  mixtral_8x7b_instruct: ['mixtral-8x7b-instruct'],
  gemma_7b_it: ['gemma-7b-it'],
  yi_34b_chat: ['yi-34b-chat'],
  chatglm2_6b_32k: ['chatglm2-6b-32k'],
  aquilachat_7b: ['aquilachat-7b'],
  xuanyuan_70b_chat: ['xuanyuan-70b-chat-4bit'],
  qianfan_chinese_llama_2_7b: ['qianfan-chinese-llama-2-7b'],
  qianfan_chinese_llama_2_13b: ['qianfan-chinese-llama-2-13b'],
  qianfan_chinese_llama_2_70b: ['qianfan-chinese-llama-2-70b'],
  qianfan_bloomz_7b_compressed: ['qianfan-bloomz-7b-compressed'],
};

const EMBEDDINGS: Readonly<Record<string, readonly string[]>> = {
  bge_large_zh: ['bge-large-zh'],
  bge_large_en: ['bge-large-en'],
  tao_8k: ['tao-8k'],
};

/** Names of models that are known, `own` ones first. The interface itself lists none. */
export function knownModels(own: Readonly<Record<string, string>> = {}): readonly string[] {
  return [...new Set([...Object.keys(own), ...Object.values(CHAT).flat(), ...Object.values(EMBEDDINGS).flat()])];
}

/** The endpoint of a model. Most have the model's own name in lower case. */
export type EndpointOf = (model: string) => string;

/** Endpoints of chat models; `own` ones come first. Case does not matter. */
export function chatEndpoints(own: Readonly<Record<string, string>> = {}): EndpointOf {
  return endpointsOf(own, CHAT);
}

/** Endpoints of models for embeddings; `own` ones come first. Case does not matter. */
export function embeddingEndpoints(own: Readonly<Record<string, string>> = {}): EndpointOf {
  return endpointsOf(own, EMBEDDINGS);
}

function endpointsOf(
  own: Readonly<Record<string, string>>,
  known: Readonly<Record<string, readonly string[]>>,
): EndpointOf {
  const byModel = new Map<string, string>();
  for (const [endpoint, models] of Object.entries(known)) for (const model of models) byModel.set(model, endpoint);
  for (const [model, endpoint] of Object.entries(own)) byModel.set(model.toLowerCase(), endpoint);
  return (model) => {
    const name = model.toLowerCase();
    const endpoint = byModel.get(name) ?? name;
    if (isEndpoint(endpoint)) return endpoint;
    throw new NexusError('provider_not_found', 'No model of ERNIE can have this name.');
  };
}

/** One step of a path, and never one upwards: the name may be a caller's. */
function isEndpoint(name: string): boolean {
  return /^(?=.*\w)[-.\w]{1,128}$/.test(name);
}

/** Endpoints by model names, or nothing. */
export function checkEndpoints(endpoints: unknown): void {
  if (endpoints === undefined) return;
  if (typeof endpoints !== 'object' || endpoints === null || Array.isArray(endpoints))
    throw new TypeError('ernie: endpoints must be an object: endpoints by names of models.');
  for (const [model, endpoint] of Object.entries(endpoints)) {
    if (typeof endpoint === 'string' && isEndpoint(endpoint)) continue;
    throw new TypeError(`ernie: endpoints["${model}"] must be the last step of its path, such as completions_pro.`);
  }
}
