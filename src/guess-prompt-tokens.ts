import type { Call } from './call.ts';
import { textsOfPassed } from './openai/forward-request.ts';
import { printJson } from './openai/print-json.ts';
import type { ChatMessage, ChatRequest, ToolCall } from './ports/index.ts';
import { embeddingTexts } from './prompt-parts.ts';

type ToolFunction = (ToolCall & { type: 'function' })['function'];
type ToolInput = (ToolCall & { type: 'custom' })['custom'];

/** Tokens around every text of a prompt. */
const PER_TEXT = 3;

/**
 * A guess of the prompt's tokens that costs next to nothing: characters over four, more for scripts that take a token
 * or so for each character. For reservations, never for a bill.
 */
export function guessPromptTokens(call: Call): number {
  let tokens = 0;
  for (const said of promptOf(call))
    tokens += typeof said === 'number' ? said : PER_TEXT + (isMostlyWide(said) ? said.length : said.length / 4);
  return Math.ceil(tokens);
}

/** Texts of a prompt, and numbers of tokens where they are counted already. */
function promptOf(call: Call): Iterable<string | number> {
  if (call.operation === 'chat') return chatTexts(call.request);
  return call.operation === 'embeddings' ? embeddingTexts(call.request) : textsOfPassed(call.request);
}

/** Looks at a few characters spread over the text: enough to tell Chinese from English. */
function isMostlyWide(text: string): boolean {
  const samples = 16;
  let wide = 0;
  for (let sample = 0; sample < samples; sample++)
    if (text.charCodeAt(Math.floor((sample * text.length) / samples)) > 0x2e7f) wide++;
  return wide > samples / 4;
}

function* chatTexts(request: ChatRequest): Generator<string> {
  for (const message of request.messages) {
    yield message.role;
    yield* messageTexts(message);
  }
  if (request.tools) yield printJson(request.tools, 'tools');
}

function* messageTexts(message: ChatMessage): Generator<string> {
  if (typeof message.content === 'string') yield message.content;
  else if (message.content) for (const part of message.content) if (part.type === 'text') yield part.text;
  if (message.role !== 'assistant' || !message.tool_calls) return;
  for (const call of message.tool_calls) yield textOfCall(call);
}

/** Providers take calls without a type, or with parts missing: what is there is counted. */
function textOfCall(call: { function?: Partial<ToolFunction>; custom?: Partial<ToolInput> }): string {
  const { function: called, custom } = call;
  return (called?.name ?? '') + (called?.arguments ?? '') + (custom?.name ?? '') + (custom?.input ?? '');
}
