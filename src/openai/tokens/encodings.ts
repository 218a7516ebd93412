import { baseModelOf } from './base-model.ts';

/** An encoding tiktoken knows. Encodings that differ in special tokens only are one: text never becomes those. */
export type Encoding = 'o200k_base' | 'cl100k_base' | 'p50k_base' | 'r50k_base';

/**
 * Models by the beginning of their names, the longest that fits first (openai/tiktoken, model.py). What follows must
 * not be a letter or a digit: `gpt-4all` is no `gpt-4`.
 */
const ENCODINGS: readonly (readonly [beginning: string, encoding: Encoding])[] = [
  ['text-embedding-ada', 'cl100k_base'],
  ['text-embedding-3', 'cl100k_base'],
  ['text-davinci-002', 'p50k_base'],
  ['text-davinci-003', 'p50k_base'],
  ['code-davinci', 'p50k_base'],
  ['code-cushman', 'p50k_base'],
  ['text-davinci', 'r50k_base'],
  ['text-curie', 'r50k_base'],
  ['text-babbage', 'r50k_base'],
  ['text-ada', 'r50k_base'],
  ['babbage-002', 'cl100k_base'],
  ['davinci-002', 'cl100k_base'],
  ['chatgpt-4o', 'o200k_base'],
  ['davinci', 'r50k_base'],
  ['babbage', 'r50k_base'],
  ['curie', 'r50k_base'],
  ['gpt-oss', 'o200k_base'],
  ['gpt-4.1', 'o200k_base'],
  ['gpt-4.5', 'o200k_base'],
  ['gpt-4o', 'o200k_base'],
  ['gpt-3.5', 'cl100k_base'],
  ['gpt-35', 'cl100k_base'],
  ['gpt-5', 'o200k_base'],
  ['gpt-4', 'cl100k_base'],
  ['ada', 'r50k_base'],
  ['o4', 'o200k_base'],
  ['o3', 'o200k_base'],
  ['o1', 'o200k_base'],
];

/** The encoding of a model, `undefined` where it is not known: of everybody's models but OpenAI's. */
export function encodingOf(model: string): Encoding | undefined {
  const name = baseModelOf(model);
  const row = ENCODINGS.find(
    ([beginning]) => name.startsWith(beginning) && !/[a-z\d]/.test(name.charAt(beginning.length)),
  );
  return row?.[1];
}
