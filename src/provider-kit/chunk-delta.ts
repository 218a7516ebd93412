import { isJsonObject } from '../openai/json.ts';
import { ToolCallTracker } from '../openai/tool-calls.ts';
import type { Delta, JsonObject, ToolCallDelta } from '../openai/types.ts';

/** One choice of a stream as far as it has come; brings its deltas to normal form. */
export class ChoiceState {
  /** True when a delta was seen; events that only annotate a choice do not begin it. */
  hasBegun = false;
  isFinished = false;
  #tools: ToolCallTracker | undefined;

  get hasToolCalls(): boolean {
    return this.#tools !== undefined && this.#tools.count > 0;
  }

  /**
   * The delta in normal form: the same object when nothing had to change. Role once and first; `reasoning` (vLLM,
   * Ollama, Groq, OpenRouter) as `reasoning_content`; lists of content parts (Mistral) as text and reasoning; tool
   * calls with dense indexes, id and name once.
   */
  delta(raw: JsonObject): Delta {
    const lacksRole = !this.hasBegun;
    this.hasBegun = true;
    const role = raw['role'];
    const content = raw['content'];
    const reasoning = raw['reasoning'];
    const calls = raw['tool_calls'];
    const tracked = Array.isArray(calls) ? this.#track(calls) : undefined;
    const isNormal =
      (lacksRole ? role === 'assistant' : role === undefined) &&
      (content === undefined || content === null || typeof content === 'string') &&
      (typeof reasoning !== 'string' || reasoning === '') &&
      (tracked === undefined || tracked === calls);
    return isNormal ? raw : rebuilt(raw, lacksRole, tracked);
  }

  #track(calls: readonly unknown[]): ToolCallDelta[] {
    this.#tools ??= new ToolCallTracker();
    return this.#tools.track(calls);
  }
}

function rebuilt(raw: JsonObject, needsRole: boolean, calls: ToolCallDelta[] | undefined): Delta {
  const { role: _role, content, reasoning, tool_calls: _calls, ...rest } = raw;
  const delta: Delta & JsonObject = needsRole ? { role: 'assistant', ...rest } : rest;
  if (Array.isArray(content)) Object.assign(delta, deltaOfParts(content));
  else if (typeof content === 'string' || content === null) delta.content = content;
  const hasReasoning = typeof delta.reasoning_content === 'string' && delta.reasoning_content !== '';
  if (typeof reasoning === 'string' && !hasReasoning) delta.reasoning_content = reasoning;
  if (calls && calls.length > 0) delta.tool_calls = calls;
  return delta;
}

/** Text and thinking of a list of content parts; parts of another kind are kept as they are, in `content_parts`. */
export function deltaOfParts(parts: readonly unknown[]): JsonObject {
  let content: string | undefined;
  let reasoning: string | undefined;
  const others: unknown[] = [];
  for (const part of parts) {
    if (typeof part === 'string') content = (content ?? '') + part;
    else if (!isJsonObject(part)) continue;
    else if (part['type'] === 'thinking') reasoning = (reasoning ?? '') + textOfThinking(part['thinking']);
    else if (typeof part['text'] === 'string') content = (content ?? '') + part['text'];
    else others.push(part);
  }
  return {
    ...(content === undefined ? {} : { content }),
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(others.length === 0 ? {} : { content_parts: others }),
  };
}

function textOfThinking(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return (thinking as unknown[])
    .map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}
