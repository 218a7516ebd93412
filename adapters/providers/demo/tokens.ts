import type { ChatRequest, ProviderContext, TokenCounter } from 'nexusai-hub/ports';

import { textOf } from './answer.ts';
import { Rounds } from './rounds.ts';

/** The demo counts as GPT-4o would. */
const COUNTED_AS = 'gpt-4o';
/** What OpenAI's chat format adds: for each message, for a name, and for the answer to begin. */
const PER_MESSAGE = 3;
const PER_NAME = 1;
const FOR_ANSWER = 3;

export async function tokensOf(text: string, counter: TokenCounter): Promise<number> {
  return text === '' ? 0 : (await counter.count(text, COUNTED_AS)).tokens;
}

/** Tokens of a request, by OpenAI's formula for chat messages. */
export async function promptTokens(
  { messages, tools }: ChatRequest,
  counter: TokenCounter,
  context: ProviderContext,
): Promise<number> {
  let tokens = FOR_ANSWER;
  const rounds = new Rounds(context);
  for (const message of messages) {
    await rounds.next();
    tokens += PER_MESSAGE + (await tokensOf(message.role, counter)) + (await tokensOf(textOf(message), counter));
    const name: unknown = 'name' in message ? message.name : undefined;
    if (typeof name === 'string') tokens += PER_NAME + (await tokensOf(name, counter));
  }
  return tools && tools.length > 0 ? tokens + (await tokensOf(JSON.stringify(tools), counter)) : tokens;
}

/** As many of the pieces as make at most `limit` tokens together. */
export async function withinLimit(
  pieces: readonly string[],
  limit: number,
  counter: TokenCounter,
): Promise<readonly string[]> {
  let fits = 0;
  let fails = pieces.length + 1;
  while (fails - fits > 1) {
    const middle = Math.trunc((fits + fails) / 2);
    if ((await tokensOf(pieces.slice(0, middle).join(''), counter)) <= limit) fits = middle;
    else fails = middle;
  }
  return pieces.slice(0, fits);
}
