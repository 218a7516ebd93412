import type { NexusErrorCode } from '../errors.ts';
import type { FinishReason } from './types.ts';

/**
 * What providers call the end of an answer, over all dialects (OpenAI, ERNIE, Qianfan, Anthropic, Gemini, Responses).
 * A name that is not listed means `stop`.
 */
const NORMAL_FORM: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['normal', 'stop'],
  ['eos', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['completed', 'stop'],
  ['STOP', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['MAX_TOKENS', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['model_length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['function_call', 'function_call'],
  ['content_filter', 'content_filter'],
  ['refusal', 'content_filter'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
]);

/** Finish reasons that report a failure of the server: OpenRouter, DeepSeek, vLLM. */
const FAILURES: ReadonlyMap<string, NexusErrorCode> = new Map([
  ['error', 'provider_unavailable'],
  ['insufficient_system_resource', 'provider_overloaded'],
  ['abort', 'provider_unavailable'],
]);

/**
 * The normal form of a finish reason; `undefined` when there is none yet (`null`, absent or `''`).
 *
 * An answer that called tools ends with `tool_calls` even where the provider says `stop` (Gemini) or `function_call`
 * (ERNIE). `function_call` without tool calls is OpenAI's own, from before there were tools.
 */
export function finishReasonOf(native: unknown, hasToolCalls: boolean): FinishReason | undefined {
  if (typeof native !== 'string' || native === '') return undefined;
  const reason = NORMAL_FORM.get(native) ?? 'stop';
  return hasToolCalls && (reason === 'stop' || reason === 'function_call') ? 'tool_calls' : reason;
}

/** The error a finish reason stands for, if it is no end of an answer but a failure. Ask before `finishReasonOf`. */
export function failureOfFinish(native: unknown): NexusErrorCode | undefined {
  return typeof native === 'string' ? FAILURES.get(native) : undefined;
}
