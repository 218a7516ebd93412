import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, printExact } from 'nexusai-hub/provider-kit';

import { logprobsOf } from './logprobs.ts';
import { signatureMember } from './signatures.ts';

/** What Google says about a candidate besides its content; kept under Google's names. */
const NOTES = ['safetyRatings', 'citationMetadata', 'groundingMetadata', 'urlContextMetadata', 'finishMessage'];

/** One candidate of an answer as it comes, said in choices of chat completions. */
export class Candidate {
  readonly #index: number;
  readonly #parallel: boolean;
  #hasBegun = false;
  #calls = 0;
  #reason: string | undefined;
  #notes: JsonObject = {};

  /** `parallel` false: only the first call is handed on; the model asks for the next when it has the result. */
  constructor(index: number, parallel: boolean) {
    this.#index = index;
    this.#parallel = parallel;
  }

  /** What an event adds: a choice for each part, in their order. */
  choices(raw: JsonObject): JsonObject[] {
    const { content, finishReason, logprobsResult } = raw;
    if (typeof finishReason === 'string') this.#reason = finishReason;
    for (const name of NOTES) if (raw[name] !== undefined) this.#notes = { ...this.#notes, [name]: raw[name] };
    const parts = isJsonObject(content) && Array.isArray(content['parts']) ? content['parts'].filter(isJsonObject) : [];
    const deltas = parts.flatMap((part) => this.#delta(part));
    if (!this.#hasBegun) deltas.unshift({ role: 'assistant', content: '' });
    this.#hasBegun = true;
    const logprobs = logprobsOf(logprobsResult);
    return deltas.map((delta, place) => ({
      index: this.#index,
      delta,
      finish_reason: null,
      ...(logprobs && place === deltas.length - 1 ? { logprobs } : {}),
    }));
  }

  /** The end, if one was named. */
  end(): JsonObject[] {
    if (this.#reason === undefined) return [];
    return [{ index: this.#index, delta: {}, finish_reason: this.#reason, ...this.#notes }];
  }

  #delta(part: JsonObject): JsonObject[] {
    const { text, thought, functionCall, inlineData, thoughtSignature } = part;
    if (isJsonObject(functionCall)) return this.#call(functionCall, thoughtSignature);
    const signature = thought === true ? {} : signatureMember(thoughtSignature);
    if (typeof text === 'string') {
      const said = text === '' ? {} : { [thought === true ? 'reasoning_content' : 'content']: text };
      const delta = { ...said, ...signature };
      return Object.keys(delta).length === 0 ? [] : [delta];
    }
    if (isJsonObject(inlineData)) return [{ images: [imageOf(inlineData)], ...signature }];
    // Code it ran and the like: nothing of OpenAI's, kept as it is.
    return Object.keys(part).length === 0 ? [] : [{ content_parts: [part] }];
  }

  #call({ id, name, args }: JsonObject, signature: unknown): JsonObject[] {
    if (this.#calls > 0 && !this.#parallel) return [];
    const call = {
      index: this.#calls++,
      ...(typeof id === 'string' && id !== '' ? { id } : {}),
      type: 'function',
      function: { name, arguments: printExact(args ?? {}) },
      ...signatureMember(signature),
    };
    return [{ tool_calls: [call] }];
  }
}

/** A picture the model made, as OpenRouter and others have it in a message. */
function imageOf({ mimeType, data }: JsonObject): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${String(mimeType)};base64,${String(data)}` } };
}
