import type { Call } from './call.ts';
import { textsOfPassed } from './openai/forward-request.ts';
import { printJson } from './openai/print-json.ts';
import type { ChatMessage, ChatRequest, EmbeddingRequest, TokenCounter, ToolCall, Usage } from './ports/index.ts';

type ToolFunction = (ToolCall & { type: 'function' })['function'];
type ToolInput = (ToolCall & { type: 'custom' })['custom'];

/** Tokens around every message, and once at the end (OpenAI cookbook, "How to count tokens with tiktoken"). */
const PER_MESSAGE = 3;
const PER_REQUEST = 3;

/**
 * Usage of a request whose provider reported none: the prompt by the published chat formula, the answer by its text.
 * Pictures, audio and files are not counted, so it is an estimate and has to be marked as one.
 */
export async function estimateUsage(tokens: TokenCounter, call: Call, answer: string): Promise<Usage> {
  const { model } = call.request;
  const count = async (text: string): Promise<number> => (text === '' ? 0 : (await tokens.count(text, model)).tokens);
  let prompt = call.operation === 'chat' ? PER_REQUEST + PER_MESSAGE * call.request.messages.length : 0;
  for (const said of promptOf(call)) prompt += typeof said === 'string' ? await count(said) : said;
  const completion = await count(answer);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/**
 * A guess of the prompt's tokens that costs next to nothing: characters over four, more for scripts that take a token
 * or so for each character. For reservations, never for a bill.
 */
export function guessPromptTokens(call: Call): number {
  let tokens = 0;
  for (const said of promptOf(call))
    tokens += typeof said === 'number' ? said : PER_MESSAGE + (isMostlyWide(said) ? said.length : said.length / 4);
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

/** Inputs may be token ids already. */
function* embeddingTexts({ input }: EmbeddingRequest): Generator<string | number> {
  if (typeof input === 'string') yield input;
  else for (const item of input) yield typeof item === 'string' ? item : typeof item === 'number' ? 1 : item.length;
}
