import type { Call, WholeBody } from './call.ts';
import { isJsonObject } from './openai/json.ts';
import type { CompletionChoice, FinishReason } from './ports/index.ts';
import type { CacheableCall } from './shelf.ts';

/** How an answer ends that may be given again. What was cut off or held back is none. */
const WELL: ReadonlySet<FinishReason> = new Set(['stop', 'tool_calls', 'function_call']);

/**
 * Whether the answer to a call may be kept. A stream that is to fit a schema is held against it by nobody, and who asks
 * for a whole answer relies on it.
 */
export function isCacheable(call: Call): call is CacheableCall {
  if (call.operation === 'embeddings') return true;
  return call.operation === 'chat' && !(call.request.stream === true && wantsForm(call.request.response_format));
}

/** Whether an answer ended well and says something that lasts. Sound has a name at its provider, which ends. */
export function isFitToKeep(body: WholeBody): boolean {
  return body.object === 'list' ? body.data.length > 0 : body.choices.length > 0 && body.choices.every(isWell);
}

function isWell({ finish_reason: reason, message }: CompletionChoice): boolean {
  if (!WELL.has(reason) || message.refusal || message.audio) return false;
  return Boolean(message.content) || (message.tool_calls?.length ?? 0) > 0 || 'function_call' in message;
}

function wantsForm(format: unknown): boolean {
  return isJsonObject(format) && format['type'] !== 'text';
}
