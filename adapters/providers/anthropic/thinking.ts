import type { ChatRequest, JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, untranslatable } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';

/** What the dialect says about thinking; `effort` belongs into `output_config`. */
export interface Thinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
  /** Tokens the thinking may take of `max_tokens`. */
  readonly budget: number;
}

/** Tokens to think with, by OpenAI's efforts. The most leaves room for an answer under the smallest limit (32,000). */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 20_480],
  ['max', 20_480],
]);
const LEAST_BUDGET = 1024;

const NO_THINKING: Thinking = { budget: 0 };

/** What decides about thinking besides the effort. */
export interface ThinkingCircumstances {
  readonly mode: Abilities['thinking'];
  /** The caller's limit of the whole answer. */
  readonly maxTokens: number | undefined;
  /** A tool has to be called: Anthropic refuses to think then. */
  readonly isForced: boolean;
  /** The turn goes on from tool calls whose thinking did not come back: a budget to think is refused then. */
  readonly lacksThinking: boolean;
}

/**
 * `reasoning_effort` in Anthropic's words. Thinking is left out where the API would refuse the request for it: the effort
 * is a wish, a forced tool or a limit is none.
 * @throws NexusError `request_invalid` for an effort nobody knows.
 */
export function thinkingOf(request: ChatRequest, circumstances: ThinkingCircumstances): Thinking {
  const { reasoning_effort: effort } = request;
  const { mode, maxTokens, isForced, lacksThinking } = circumstances;
  if (effort === undefined || effort === null || effort === 'none' || mode === 'none') return NO_THINKING;
  const wanted = BUDGETS.get(effort);
  if (wanted === undefined)
    throw untranslatable('reasoning_effort', `must be one of none, ${[...BUDGETS.keys()].join(', ')}.`);
  if (isForced) return NO_THINKING;
  // Newer models show none of it unless they are asked for a summary.
  if (mode === 'adaptive')
    return {
      thinking: { type: 'adaptive', display: 'summarized' },
      effort: effortOf(effort, request.model),
      budget: 0,
    };

  // It has to leave room for at least one token of the answer.
  const budget = Math.min(wanted, (maxTokens ?? Number.POSITIVE_INFINITY) - 1);
  if (lacksThinking || budget < LEAST_BUDGET) return NO_THINKING;
  return { thinking: { type: 'enabled', budget_tokens: budget }, budget: maxTokens === undefined ? budget : 0 };
}

/** Claude 4.6 goes from `low` to `max`; `xhigh` came after it. */
function effortOf(effort: string, model: string): string {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && /4[-.]6/.test(model) ? 'max' : effort;
}

/** Thinking of an earlier turn, as it came from Anthropic: it goes back unchanged, with its signature. */
export function thinkingBlocksOf(message: object): JsonObject[] {
  const blocks: unknown = 'thinking_blocks' in message ? message.thinking_blocks : undefined;
  return Array.isArray(blocks) ? blocks.filter(isThinking) : [];
}

/** A block of thinking, open or sealed. */
export function isThinking(block: unknown): block is JsonObject {
  return isJsonObject(block) && (block['type'] === 'thinking' || block['type'] === 'redacted_thinking');
}
