import { CallsCollector } from './openai/collect-calls.ts';
import { MOST_COUNTED_TEXT } from './openai/usage.ts';
import type { AssistantMessage, ChunkChoice } from './ports/index.ts';

/**
 * What a model says in a stream, gathered while it goes by: all of it as text to be counted, and the first of its answers
 * as the message it becomes. Of an answer without end only the beginning is kept.
 */
export class Said {
  /** Text of all answers together: what was thought, said and handed to tools. */
  text = '';
  /** Whether it is all words said, nothing thought, refused or handed to tools. */
  isPlain = true;
  #content = '';
  #reasoning = '';
  #refusal = '';
  #calls: CallsCollector | undefined;

  /** @returns what it adds to the tokens the model has produced. */
  add({ index, delta }: ChunkChoice): string {
    const text = textOf(delta);
    if (text.length !== (delta.content?.length ?? 0)) this.isPlain = false;
    if (this.text.length >= MOST_COUNTED_TEXT) return text;
    this.text += text;
    if (index !== 0) return text;
    if (delta.content) this.#content += delta.content;
    if (delta.reasoning_content) this.#reasoning += delta.reasoning_content;
    if (delta.refusal) this.#refusal += delta.refusal;
    if (delta.tool_calls) (this.#calls ??= new CallsCollector()).add(delta.tool_calls);
    return text;
  }

  /** `undefined`: nothing was said. */
  message(): AssistantMessage | undefined {
    if (this.text === '') return undefined;
    return {
      role: 'assistant',
      content: this.#content || null,
      refusal: this.#refusal || null,
      ...(this.#reasoning ? { reasoning_content: this.#reasoning } : {}),
      ...(this.#calls ? { tool_calls: this.#calls.all() } : {}),
    };
  }
}

function textOf(delta: ChunkChoice['delta']): string {
  let text = delta.content ?? '';
  if (delta.reasoning_content) text += delta.reasoning_content;
  if (delta.refusal) text += delta.refusal;
  if (delta.tool_calls)
    for (const { function: called, custom } of delta.tool_calls)
      text += (called?.name ?? '') + (called?.arguments ?? '') + (custom?.name ?? '') + (custom?.input ?? '');
  return text;
}
