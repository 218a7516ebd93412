import type { ChatRequest, JsonObject } from 'nexusai-hub/ports';
import { untranslatable } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';

/** Tokens to think with (Google's own table for `reasoning_effort`, Gemini 2.5). */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 24_576],
  ['max', 24_576],
]);

/** Levels of Gemini 3. It cannot be kept from thinking, and `minimal` is not known to all: `low` is the least. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['none', 'low'],
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
]);

/** The smallest budget of a model that cannot be kept from thinking (Gemini 2.5 Pro). */
const LEAST_BUDGET_OF_PRO = 128;

/**
 * `reasoning_effort` as a `thinkingConfig`; thoughts are asked for, unless the effort is `none`. `undefined`: nothing was
 * said, or the model does not think.
 * @throws NexusError `request_invalid` for an effort nobody knows.
 */
export function thinkingConfigOf(request: ChatRequest, { thinking }: Abilities): JsonObject | undefined {
  const { reasoning_effort: effort, model } = request;
  if (effort === undefined || effort === null || thinking === 'none') return undefined;
  const level = LEVELS.get(effort);
  if (level === undefined) throw untranslatable('reasoning_effort', `must be one of ${[...LEVELS.keys()].join(', ')}.`);
  const thoughts = effort === 'none' ? {} : { includeThoughts: true };
  // The first of the third generation has two levels only.
  if (thinking === 'level')
    return { thinkingLevel: level === 'medium' && model.includes('gemini-3-pro') ? 'high' : level, ...thoughts };
  const budget = BUDGETS.get(effort) ?? (model.includes('-pro') ? LEAST_BUDGET_OF_PRO : 0);
  return { thinkingBudget: budget, ...thoughts };
}
