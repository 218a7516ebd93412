import type { Caller } from '../../ports/authenticator.ts';
import type { Operation, RequestFacts } from '../../ports/router.ts';

/** What a request must be like for a route to be open to it. All that is said has to hold. */
export interface RouteCondition {
  /** Who asks: names of keys; `process` is the own program, `anonymous` whoever needs no key. */
  readonly callers?: readonly string[] | undefined;
  /** Members of the body's `metadata`, and the text each must have, or one of several. */
  readonly metadata?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Tokens the prompt must have at least, roughly. */
  readonly minPromptTokens?: number | undefined;
  /** Tokens the prompt may have at most, roughly. */
  readonly maxPromptTokens?: number | undefined;
  /** Whether the answer has to be wanted as a stream, or must not be. */
  readonly streamed?: boolean | undefined;
  readonly operations?: readonly Operation[] | undefined;
}

/** What of a condition a request does not meet, `undefined` when it meets all of it. */
export function unmetIn(
  condition: RouteCondition,
  facts: RequestFacts,
  caller: Caller,
): keyof RouteCondition | undefined {
  const { callers, metadata, minPromptTokens, maxPromptTokens, streamed, operations } = condition;
  if (callers && !callers.includes(caller.id)) return 'callers';
  if (operations && !operations.includes(facts.operation)) return 'operations';
  if (streamed !== undefined && streamed !== facts.streamed) return 'streamed';
  if (metadata && !hasAll(facts.metadata, metadata)) return 'metadata';
  if (minPromptTokens !== undefined && facts.promptTokens < minPromptTokens) return 'minPromptTokens';
  // Last: who is told of it alone may send a shorter prompt.
  if (maxPromptTokens !== undefined && facts.promptTokens > maxPromptTokens) return 'maxPromptTokens';
  return undefined;
}

function hasAll(
  given: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string | readonly string[]>>,
): boolean {
  return Object.entries(wanted).every(([name, texts]) => {
    const text = given[name];
    return text !== undefined && (typeof texts === 'string' ? text === texts : texts.includes(text));
  });
}
