import { z } from 'zod';

/** Longest name of a model. It goes into tables, records and errors; the longest ones known have about 100 characters. */
export const MAX_MODEL_LENGTH: number = 256;

/**
 * What every provider would refuse, and nothing else: members that are not listed pass, and so do values that some
 * provider may take. `null` is as good as absent, which many clients send. Lists of unknown length are checked item by
 * item elsewhere (`check-request.ts`): one mistake is enough, a million of them would cost memory.
 */
const text = z.string('must be a string');
const name = text.min(1, 'must not be empty');
const model = name.max(MAX_MODEL_LENGTH, `must have at most ${MAX_MODEL_LENGTH} characters`);
const number = z.number('must be a number');
const integer = z.int('must be a whole number');
const flag = z.boolean('must be true or false');
const object = z.looseObject({}, 'must be an object');
const list = z.array(z.unknown(), 'must be a list');
const content = z.union([z.string(), z.array(z.unknown())], 'must be a string or a list of parts');

/** Body of a chat request; messages and tools are checked one by one. */
export const CHAT_REQUEST: z.ZodType = z.looseObject({
  model,
  messages: list.min(1, 'must hold at least one message'),
  stream: flag.nullish(),
  stream_options: object.nullish(),
  n: integer.min(1, 'must be at least 1').nullish(),
  max_tokens: integer.nullish(),
  max_completion_tokens: integer.nullish(),
  temperature: number.min(0, 'must not be negative').nullish(),
  top_p: number.min(0, 'must be between 0 and 1').max(1, 'must be between 0 and 1').nullish(),
  stop: z.union([z.string(), z.array(z.unknown())], 'must be a string or a list of strings').nullish(),
  seed: integer.nullish(),
  frequency_penalty: number.nullish(),
  presence_penalty: number.nullish(),
  logit_bias: object.nullish(),
  logprobs: z.union([z.boolean(), z.number()], 'must be true or false').nullish(),
  top_logprobs: integer.min(0, 'must not be negative').nullish(),
  tools: list.nullish(),
  parallel_tool_calls: flag.nullish(),
  response_format: object.nullish(),
  reasoning_effort: text.nullish(),
  modalities: list.nullish(),
  metadata: object.nullish(),
  store: flag.nullish(),
  user: text.nullish(),
});

/** A message, by its role. */
export const MESSAGES: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['system', z.looseObject({ content, name: text.nullish() })],
  ['developer', z.looseObject({ content, name: text.nullish() })],
  ['user', z.looseObject({ content, name: text.nullish() })],
  ['assistant', z.looseObject({ content: content.nullish(), refusal: text.nullish(), tool_calls: list.nullish() })],
  ['tool', z.looseObject({ content, tool_call_id: name })],
  ['function', z.looseObject({ content: content.nullish(), name })],
]);

/** A part of a message's content, of any type. */
export const PART: z.ZodType = z.looseObject({ type: name }, 'must be an object');

/** Parts of the types that are the same everywhere. */
export const PARTS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['text', z.looseObject({ text })],
  ['refusal', z.looseObject({ refusal: text })],
  [
    'image_url',
    z.looseObject({
      image_url: z.union([z.string(), z.looseObject({ url: z.string() })], 'must be an object with a url'),
    }),
  ],
  ['input_audio', z.looseObject({ input_audio: z.looseObject({ data: text, format: text }, 'must be an object') })],
  ['file', z.looseObject({ file: object })],
]);

/** A tool. */
export const TOOL: z.ZodType = z.looseObject({ type: name }, 'must be an object');

/** A tool of type `function`. */
export const FUNCTION_TOOL: z.ZodType = z.looseObject({
  function: z.looseObject({ name, description: text.nullish(), parameters: object.nullish() }, 'must be an object'),
});

/** A call of a tool in an assistant's message; only functions have arguments. */
export const TOOL_CALL: z.ZodType = z.looseObject(
  { id: text, function: z.looseObject({ name: text, arguments: text }, 'must be an object').nullish() },
  'must be an object',
);

/** Body of an embeddings request; its input is checked item by item. */
export const EMBEDDING_REQUEST: z.ZodType = z.looseObject({
  model,
  input: z.union([z.string(), z.array(z.unknown())], 'must be a string or a list'),
  encoding_format: text.nullish(),
  dimensions: integer.min(1, 'must be at least 1').nullish(),
  user: text.nullish(),
});
