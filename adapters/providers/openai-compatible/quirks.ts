import type { ForwardOperation } from 'nexusai-hub/ports';
import { checkCount, checkNames, checkOneOf, FORWARD_OPERATION_NAMES } from 'nexusai-hub/provider-kit';

/** Where servers differ in the requests they take. */
export interface Quirks {
  /**
   * `ask`: streams are asked for their usage, and a model that refuses the question is not asked again. `never`: the
   * server sends usage unasked, or cannot.
   * @default 'ask'
   */
  readonly usageInStream?: 'ask' | 'never';
  /** The only name it knows for the limit of an answer's length. Absent: what the caller wrote. */
  readonly maxTokensName?: 'max_tokens' | 'max_completion_tokens';
  /** Members of the request it refuses; they are left out. */
  readonly omit?: readonly string[];
  /**
   * Ids of tool calls have to be this many letters and digits (Mistral: 9). Others in a request are replaced: the same
   * id by the same one everywhere and always, two by two.
   */
  readonly toolCallIdLength?: number;
  /**
   * True: it does not read `tool_choice` (Ollama). For `none` the tools are left out, for a function by name all the
   * others are; `required` cannot be had.
   * @default false
   */
  readonly ignoresToolChoice?: boolean;
  /**
   * Whether `reasoning_content` in messages of the history is sent. DeepSeek's first reasoners refuse it, its later ones
   * demand it beside tool calls; a list names the models that are sent it.
   * @default true
   */
  readonly reasoningInHistory?: boolean | readonly string[];
  /**
   * The member that turns thinking on, where models think in streams only (Qwen). A request for a whole answer gets it
   * as `false`; one in which it is `true` is asked as a stream, which the hub puts together.
   */
  readonly thinkingSwitch?: string;
  /** False: it has no `/embeddings`. @default true */
  readonly embeddings?: boolean;
  /** False: it has no `/models`. @default true */
  readonly modelList?: boolean;
  /**
   * The other operations it has; those it lacks are asked of another provider, or refused with a word that says so.
   * @default all: the server itself says what it lacks
   */
  readonly operations?: readonly ForwardOperation[];
}

/**
 * Checks quirks when the adapter is made.
 * @throws TypeError naming the quirk, the rule and the value got.
 */
export function checkQuirks(owner: string, quirks: Quirks): void {
  const oneOf = (name: keyof Quirks, ...allowed: unknown[]): void => {
    checkOneOf(owner, `quirks.${name}`, quirks[name], allowed);
  };
  oneOf('usageInStream', 'ask', 'never');
  oneOf('maxTokensName', 'max_tokens', 'max_completion_tokens');
  checkNames(owner, 'quirks.omit', quirks.omit);
  checkCount(owner, 'quirks.toolCallIdLength', quirks.toolCallIdLength);
  oneOf('ignoresToolChoice', true, false);
  if (Array.isArray(quirks.reasoningInHistory))
    checkNames(owner, 'quirks.reasoningInHistory', quirks.reasoningInHistory);
  else oneOf('reasoningInHistory', true, false);
  if (quirks.thinkingSwitch !== undefined) checkNames(owner, 'quirks.thinkingSwitch', [quirks.thinkingSwitch]);
  oneOf('embeddings', true, false);
  oneOf('modelList', true, false);
  checkNames(owner, 'quirks.operations', quirks.operations);
  for (const operation of quirks.operations ?? [])
    checkOneOf(owner, 'quirks.operations', operation, FORWARD_OPERATION_NAMES);
}
