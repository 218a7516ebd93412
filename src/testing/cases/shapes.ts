import { isJsonObject } from '../../openai/json.ts';
import type { ChatChunk, ChatCompletion } from '../../openai/types.ts';

/** What came is not what it says it is. */
export class OddShape extends Error {}

/**
 * A chunk that holds what every reader of chunks relies on.
 * @throws OddShape naming what it lacks.
 */
export function checkedChunk(chunk: ChatChunk): ChatChunk {
  // The types promise all this; providers under test do not always keep what their types promise.
  const value: unknown = chunk;
  if (!isJsonObject(value)) throw odd('A chunk is no object', value);
  const { id, model, choices } = value;
  if (typeof id !== 'string' || typeof model !== 'string') throw odd('A chunk has no id or no model', value);
  if (!Array.isArray(choices)) throw odd('A chunk has no list of choices', value);
  const isWhole = choices.every((choice) => isJsonObject(choice) && isJsonObject(choice['delta']));
  if (!isWhole) throw odd('A choice of a chunk has no delta', value);
  return chunk;
}

/**
 * A whole answer that holds a message.
 * @throws OddShape naming what it lacks.
 */
export function checkedCompletion(completion: ChatCompletion): ChatCompletion {
  const value: unknown = completion;
  if (!isJsonObject(value) || !Array.isArray(value['choices'])) throw odd('An answer has no list of choices', value);
  const first: unknown = value['choices'][0];
  if (!isJsonObject(first) || !isJsonObject(first['message'])) throw odd('An answer has no message', value);
  return completion;
}

function odd(complaint: string, value: unknown): OddShape {
  return new OddShape(`${complaint}: ${JSON.stringify(value).slice(0, 300)}`);
}
