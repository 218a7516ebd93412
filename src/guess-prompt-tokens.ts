import type { Call, ChatCall } from './call.ts';
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
  return Math.ceil(call.operation === 'chat' ? tokensOfChat(call.request) : tokensOfTexts(call));
}

/** Of what is no chat: texts of a prompt, and numbers of tokens where they are counted already. */
function tokensOfTexts(call: Exclude<Call, ChatCall>): number {
  const texts = call.operation === 'embeddings' ? embeddingTexts(call.request) : textsOfPassed(call.request);
  let tokens = 0;
  for (const said of texts) tokens += typeof said === 'number' ? said : tokensOfText(said);
  return tokens;
}

function tokensOfText(text: string): number {
  return PER_TEXT + (isMostlyWide(text) ? text.length : text.length / 4);
}

/** Looks at a few characters spread over the text: enough to tell Chinese from English. */
function isMostlyWide(text: string): boolean {
  const samples = 16;
  let wide = 0;
  for (let sample = 0; sample < samples; sample++)
    if (text.charCodeAt(Math.floor((sample * text.length) / samples)) > 0x2e7f) wide++;
  return wide > samples / 4;
}

function tokensOfChat({ messages, tools }: ChatRequest): number {
  let tokens = tools ? tokensOfText(printJson(tools, 'tools')) : 0;
  for (const message of messages) tokens += tokensOfText(message.role) + tokensOfMessage(message);
  return tokens;
}

function tokensOfMessage(message: ChatMessage): number {
  let tokens = 0;
  const { content } = message;
  if (typeof content === 'string') tokens += tokensOfText(content);
  else if (content) for (const part of content) if (part.type === 'text') tokens += tokensOfText(part.text);
  if (message.role === 'assistant' && message.tool_calls)
    for (const call of message.tool_calls) tokens += tokensOfText(textOfCall(call));
  return tokens;
}

/** Providers take calls without a type, or with parts missing: what is there is counted. */
function textOfCall(call: { function?: Partial<ToolFunction>; custom?: Partial<ToolInput> }): string {
  const { function: called, custom } = call;
  return (called?.name ?? '') + (called?.arguments ?? '') + (custom?.name ?? '') + (custom?.input ?? '');
}
