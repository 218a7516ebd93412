import type { JsonObject, Provider } from 'nexusai-hub/ports';
import {
  type AnswerDialect,
  chatCompletionsProvider,
  createTransport,
  isJsonObject,
  type Secret,
  type TransportOptions,
} from 'nexusai-hub/provider-kit';

import { isBlocked } from './safety.ts';

/** What Qianfan V2 needs; checked already. */
export interface QianfanParts extends TransportOptions {
  readonly key: () => Secret | Promise<Secret>;
  readonly appId: string | undefined;
  readonly models?: readonly string[];
  readonly maxFrameBytes?: number;
  readonly maxAnswerBytes?: number;
}

/** Qianfan V2: chat completions, with a word of its own on safety (providers.md section 6). */
export function qianfan(parts: QianfanParts): Provider {
  const { key, appId, models, maxFrameBytes, maxAnswerBytes, headers, ...rest } = parts;
  return chatCompletionsProvider({
    kind: 'ernie',
    models,
    key,
    transport: createTransport({ ...rest, headers: { ...(appId === undefined ? {} : { appid: appId }), ...headers } }),
    dialect: withVerdicts,
    operations: ['image_generations'],
    maxFrameBytes,
    maxAnswerBytes,
  });
}

/** A verdict of the safety check ends an answer, whatever its finish reason says. */
const withVerdicts: AnswerDialect = {
  completion: judged,
  stream: () => (raw) => ({ chunks: [judged(raw)] }),
};

function judged(raw: JsonObject): JsonObject {
  const choices = raw['choices'];
  if (!Array.isArray(choices)) return raw;
  const list: readonly unknown[] = choices;
  const judgedChoices = list.map((choice) => (isJsonObject(choice) && mustChange(choice) ? filtered(choice) : choice));
  return judgedChoices.every((choice, place) => choice === list[place]) ? raw : { ...raw, choices: judgedChoices };
}

function mustChange(choice: JsonObject): boolean {
  const finish = choice['finish_reason'];
  return typeof finish === 'string' && finish !== '' && finish !== 'content_filter' && isBlocked(choice);
}

function filtered(choice: JsonObject): JsonObject {
  return { ...choice, finish_reason: 'content_filter', native_finish_reason: choice['finish_reason'] };
}
