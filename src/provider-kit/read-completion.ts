import { randomUUID } from 'node:crypto';

import { NexusError } from '../errors.ts';
import { failureOfFinish, finishReasonOf } from '../openai/finish-reason.ts';
import { isJsonObject } from '../openai/json.ts';
import type { ChatCompletion, CompletionChoice, JsonObject, ToolCall, Usage } from '../openai/types.ts';
import { usageOf } from '../openai/usage.ts';
import { withWireText } from '../openai/wire-text.ts';
import { deltaOfParts } from './chunk-delta.ts';
import type { ChunkDefaults } from './chunk-repair.ts';

/**
 * A whole answer in normal form. One that is in that form already carries the bytes it came as, if it came so.
 * @throws NexusError `malformed_response` when it has no choices; a provider error when a choice reports a failure.
 */
export function completionOf(raw: JsonObject, bytes: Uint8Array | undefined, defaults: ChunkDefaults): ChatCompletion {
  const rawChoices = raw['choices'];
  if (!Array.isArray(rawChoices) || rawChoices.length === 0)
    throw new NexusError('malformed_response', "The provider's answer has no choices.");
  const list: readonly unknown[] = rawChoices;
  const choices = list.map(choiceOf);
  const rawUsage = usageIn(raw, list);
  const usage = usageOf(rawUsage);
  if (isNormal(raw, choices, usage)) return bytes ? withWireText(raw, bytes) : raw;
  const { usage: _usage, ...rest } = raw;
  return {
    ...rest,
    id: isText(raw['id']) ? raw['id'] : `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: typeof raw['created'] === 'number' && raw['created'] >= 1 ? Math.trunc(raw['created']) : defaults.created,
    model: isText(raw['model']) ? raw['model'] : defaults.model,
    choices,
    ...(usage ? { usage } : {}),
  };
}

function isNormal(
  raw: JsonObject,
  choices: readonly CompletionChoice[],
  usage: Usage | undefined,
): raw is JsonObject & ChatCompletion {
  const rawChoices = raw['choices'];
  return (
    Array.isArray(rawChoices) &&
    rawChoices.every((choice, place) => choice === choices[place]) &&
    raw['usage'] === usage &&
    raw['object'] === 'chat.completion' &&
    isText(raw['id']) &&
    isText(raw['model']) &&
    Number.isSafeInteger(raw['created']) &&
    raw['created'] !== 0
  );
}

/** Where servers put it: at the top, in the choice (Moonshot), or under a name of their own (Groq). */
function usageIn(raw: JsonObject, choices: readonly unknown[]): unknown {
  if (raw['usage'] !== undefined && raw['usage'] !== null) return raw['usage'];
  const [first] = choices;
  if (isJsonObject(first) && isJsonObject(first['usage'])) return first['usage'];
  return isJsonObject(raw['x_groq']) ? raw['x_groq']['usage'] : undefined;
}

function choiceOf(raw: unknown, place: number): CompletionChoice {
  const message = isJsonObject(raw) ? raw['message'] : undefined;
  if (!isJsonObject(raw) || !isJsonObject(message))
    throw new NexusError('malformed_response', "A choice of the provider's answer has no message.");
  const native = raw['finish_reason'];
  const failure = failureOfFinish(native);
  if (failure) {
    const details = { providerStatus: 200, providerCode: String(native) };
    throw new NexusError(failure, `The provider gave up in the middle of its answer (${String(native)}).`, details);
  }
  const normal = messageOf(message);
  const hasCalls = Array.isArray(normal['tool_calls']) && normal['tool_calls'].length > 0;
  const finish = finishReasonOf(native, hasCalls) ?? (hasCalls ? 'tool_calls' : 'stop');
  const index = typeof raw['index'] === 'number' ? raw['index'] : place;
  if (isNormalChoice(raw, index, normal, finish)) return raw;
  const { usage: _usage, ...rest } = raw;
  const keepsNative = isText(native) && native !== finish && rest['native_finish_reason'] === undefined;
  const choice: JsonObject = {
    ...rest,
    index,
    message: normal,
    finish_reason: finish,
    ...(keepsNative ? { native_finish_reason: native } : {}),
  };
  if (isNormalChoice(choice, index, normal, finish)) return choice;
  throw new NexusError('malformed_response', "A choice of the provider's answer cannot be read.");
}

function isNormalChoice(
  raw: JsonObject,
  index: number,
  message: JsonObject,
  finish: string,
): raw is JsonObject & CompletionChoice {
  return (
    raw['index'] === index &&
    raw['message'] === message &&
    raw['finish_reason'] === finish &&
    raw['usage'] === undefined
  );
}

/** The message in normal form: the same object when nothing had to change. */
function messageOf(raw: JsonObject): JsonObject {
  const { role, content, reasoning, tool_calls: calls } = raw;
  const normalCalls = Array.isArray(calls) ? callsOf(calls) : undefined;
  const hasReasoning = isText(raw['reasoning_content']);
  const isNormalText = content === null || typeof content === 'string';
  const isSame =
    role === 'assistant' &&
    isNormalText &&
    (!isText(reasoning) || hasReasoning) &&
    (!normalCalls || normalCalls === calls);
  if (isSame) return raw;
  const { reasoning: _reasoning, ...rest } = raw;
  return {
    ...rest,
    role: 'assistant',
    content: isNormalText ? content : null,
    ...(isText(reasoning) && !hasReasoning ? { reasoning_content: reasoning } : {}),
    ...(Array.isArray(content) ? deltaOfParts(content) : {}),
    ...(normalCalls ? { tool_calls: normalCalls } : {}),
  };
}

/** Each call has an id and a type, and its arguments are text. */
function callsOf(raw: readonly unknown[]): readonly unknown[] {
  const calls = raw.filter(isJsonObject).map(callOf);
  return calls.length === raw.length && calls.every((call, place) => call === raw[place]) ? raw : calls;
}

function callOf(raw: JsonObject): JsonObject | ToolCall {
  if (isText(raw['id']) && raw['type'] === 'custom') return raw;
  const named = isJsonObject(raw['function']) ? raw['function'] : {};
  if (isText(raw['id']) && raw['type'] === 'function' && typeof named['arguments'] === 'string') return raw;
  const given = named['arguments'];
  const text = typeof given === 'string' ? given : given === undefined || given === null ? '' : JSON.stringify(given);
  return {
    ...raw,
    id: isText(raw['id']) ? raw['id'] : `call_${randomUUID().replaceAll('-', '')}`,
    type: 'function',
    function: { ...named, name: isText(named['name']) ? named['name'] : '', arguments: text },
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
