import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, printExact } from 'nexusai-hub/provider-kit';

/**
 * One block of an answer as it comes, said in deltas of chat completions. Text, thinking and calls of the caller's tools
 * are said; what Anthropic's own tools do (`server_tool_use` and their results) is no call of the caller's.
 */
export class OpenBlock {
  readonly isToolCall: boolean;
  readonly #block: JsonObject;
  readonly #toolIndex: number;
  readonly #isFormat: boolean;
  #thinking = '';
  #signature = '';
  #hasInput = false;

  /** `isFormat`: a call whose arguments are the content of the answer. */
  constructor(block: JsonObject, toolIndex: number, isFormat: boolean) {
    this.#block = block;
    this.#toolIndex = toolIndex;
    this.#isFormat = isFormat;
    this.isToolCall = block['type'] === 'tool_use' && !isFormat;
  }

  begin(): JsonObject | undefined {
    const { type, text, thinking, signature, id, name, input } = this.#block;
    // Whole messages have their blocks complete; in a stream they begin empty.
    const whole = isJsonObject(input) && Object.keys(input).length > 0 ? printExact(input) : '';
    this.#hasInput = whole !== '';
    if (type === 'text') return said('content', text);
    if (type === 'thinking') return this.#think(thinking, signature);
    if (this.#isFormat) return said('content', whole);
    if (!this.isToolCall) return undefined;
    return { tool_calls: [{ index: this.#toolIndex, id, type: 'function', function: { name, arguments: whole } }] };
  }

  add(delta: JsonObject): JsonObject | undefined {
    switch (delta['type']) {
      case 'text_delta':
        return said('content', delta['text']);
      case 'thinking_delta':
        return this.#think(delta['thinking'], undefined);
      case 'signature_delta':
        return this.#think(undefined, delta['signature']);
      case 'input_json_delta':
        return this.#input(delta['partial_json']);
      default:
        return undefined;
    }
  }

  end(): JsonObject | undefined {
    const { type } = this.#block;
    if (type === 'redacted_thinking') return { thinking_blocks: [this.#block] };
    // The whole block with its signature, to be sent back as it is when the conversation goes on.
    if (type === 'thinking' && this.#signature !== '')
      return { thinking_blocks: [{ type, thinking: this.#thinking, signature: this.#signature }] };
    // A tool without arguments sends none at all.
    return type === 'tool_use' && !this.#hasInput ? this.#input('{}') : undefined;
  }

  #think(text: unknown, signature: unknown): JsonObject | undefined {
    if (typeof signature === 'string') this.#signature += signature;
    if (typeof text === 'string') this.#thinking += text;
    return said('reasoning_content', text);
  }

  #input(text: unknown): JsonObject | undefined {
    if (typeof text !== 'string' || text === '') return undefined;
    this.#hasInput = true;
    if (this.#isFormat) return { content: text };
    return this.isToolCall ? { tool_calls: [{ index: this.#toolIndex, function: { arguments: text } }] } : undefined;
  }
}

function said(member: 'content' | 'reasoning_content', text: unknown): JsonObject | undefined {
  return typeof text === 'string' && text !== '' ? { [member]: text } : undefined;
}
