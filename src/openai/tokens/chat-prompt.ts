import { isJsonObject } from '../json.ts';
import { printJson } from '../print-json.ts';
import type { ChatRequest, JsonObject } from '../types.ts';
import type { ChatFormat } from './chat-format.ts';
import { chatFormatOf } from './chat-format.ts';
import { functionText } from './function-text.ts';
import { imageSizeOf } from './image-size.ts';
import { imageTokens } from './image-tokens.ts';

/** What a prompt comes to: texts whose tokens are still to be counted, and tokens that are known by rule. */
export interface PromptParts {
  readonly texts: readonly string[];
  readonly tokens: number;
  /** Whether the sum is what the provider counts, as far as its formula is published. */
  readonly isExact: boolean;
  /** False where something is left out, or its size is not known: sound, files, pictures behind URLs. */
  readonly isWhole: boolean;
}

/**
 * Takes a chat prompt apart by the published formula of its model (providers.md 12.2 to 12.4). It never fails: requests
 * pass with members of any kind, and what is no text is no text.
 * @param known so many messages from the beginning are left out, because their tokens are known: with tools, with what
 * comes once per request, and, where the last of them is an answer, with its bare tokens.
 */
export function chatPromptParts(request: ChatRequest, model: string, known: number = 0): PromptParts {
  const prompt = new ChatPrompt(model);
  const messages: readonly unknown[] = request.messages;
  if (known > 0) {
    prompt.goOnAfter(messages[known - 1]);
    for (const message of messages.slice(known)) prompt.addMessage(message, false);
    return prompt;
  }
  const functions = functionsOf(request);
  prompt.addTools(request, functions);
  // The tools are put into the first system message, which makes it longer by a line.
  const system = messages.findIndex((message) => isJsonObject(message) && message['role'] === 'system');
  for (const [place, message] of messages.entries())
    prompt.addMessage(message, functions.length > 0 && place === system);
  if (functions.length > 0 && system >= 0) prompt.tokens -= prompt.format.toolsInSystem;
  return prompt;
}

class ChatPrompt implements PromptParts {
  readonly texts: string[] = [];
  readonly format: ChatFormat;
  tokens: number;
  isExact: boolean;
  isWhole = true;
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
    this.format = chatFormatOf(model);
    this.tokens = this.format.atEnd;
    this.isExact = this.format.isPublished;
  }

  addMessage(message: unknown, holdsTools: boolean): void {
    if (!isJsonObject(message)) return;
    const { role, content, name } = message;
    const { perMessage, countsRole, perName, perAnswer } = this.format;
    this.tokens += perMessage;
    if (countsRole) this.#say(role);
    if (role === 'assistant') this.tokens += perAnswer;
    // What a function said is told by its name in place of a header of its own.
    if (role === 'function') this.tokens -= 2;
    if (typeof name === 'string' && name !== '') {
      this.tokens += perName;
      this.#say(name);
    }
    if (typeof content === 'string') this.#say(holdsTools ? `${content}\n` : content);
    else if (Array.isArray(content)) for (const part of content) this.#addPart(part);
    for (const text of [message['refusal'], message['reasoning_content']]) this.#guess(text);
    this.#addCalls(message);
  }

  /** What came once is known; what surrounds the answer that was bare is not. */
  goOnAfter(answer: unknown): void {
    const { perMessage, countsRole, perAnswer } = this.format;
    const isAnswer = isJsonObject(answer) && answer['role'] === 'assistant';
    this.tokens = isAnswer ? perMessage + (countsRole ? 1 : 0) + perAnswer : 0;
    this.isExact = false;
  }

  /** Tools of every kind; the older `functions` are the same to a model. */
  addTools({ tools, response_format: format, ...rest }: ChatRequest, functions: readonly unknown[]): void {
    if (functions.length > 0) {
      this.tokens += this.format.forTools;
      this.#guess(functionText(functions));
    }
    for (const tool of toolsOf(tools)) if (tool['type'] !== 'function') this.#guess(printJson(tool, 'tools'));
    this.#addChoice(Reflect.get(rest, 'function_call'));
    const schema = isJsonObject(format) ? format['json_schema'] : undefined;
    if (isJsonObject(schema)) this.#guess(printJson(schema['schema'] ?? schema, 'response_format'));
  }

  /** That none is to be called, or which one (providers.md 12.3); of `tool_choice` nothing is known. */
  #addChoice(choice: unknown): void {
    if (choice === 'none') this.tokens += 1;
    if (!isJsonObject(choice) || typeof choice['name'] !== 'string') return;
    this.tokens += 4;
    this.#say(choice['name']);
  }

  #addPart(part: unknown): void {
    if (!isJsonObject(part)) return;
    const { type } = part;
    if (type === 'text') this.#say(part['text']);
    else if (type === 'image_url') this.#addImage(part['image_url']);
    else if (type === 'refusal') this.#guess(part['refusal']);
    else this.#leaveOut();
  }

  #addImage(image: unknown): void {
    const { url, detail } = isJsonObject(image) ? image : { url: image, detail: undefined };
    const size = typeof url === 'string' ? imageSizeOf(url) : undefined;
    this.tokens += imageTokens(this.#model, size, detail === 'low' ? 'low' : 'high');
    this.isExact = false;
    if (!size) this.isWhole = false;
  }

  /** Providers take calls without a type, or with parts missing: what is there is counted. */
  #addCalls({ tool_calls: calls, function_call: older }: JsonObject): void {
    if (isJsonObject(older)) {
      this.tokens += 3;
      this.#say(older['name']);
      this.#say(older['arguments']);
    }
    if (!Array.isArray(calls)) return;
    for (const call of calls) {
      if (!isJsonObject(call)) continue;
      const called = isJsonObject(call['function']) ? call['function'] : call['custom'];
      if (!isJsonObject(called)) continue;
      this.tokens += 3;
      for (const text of [called['name'], called['arguments'], called['input']]) this.#guess(text);
    }
  }

  #say(text: unknown): void {
    if (typeof text === 'string' && text !== '') this.texts.push(text);
  }

  /** Text that is shown to the model in a way nobody has published. */
  #guess(text: unknown): void {
    if (typeof text !== 'string' || text === '') return;
    this.texts.push(text);
    this.isExact = false;
  }

  #leaveOut(): void {
    this.isExact = false;
    this.isWhole = false;
  }
}

function functionsOf(request: ChatRequest): readonly unknown[] {
  const older: unknown = Reflect.get(request, 'functions');
  const tools = toolsOf(request.tools).filter(({ type }) => type === 'function');
  return [...tools.map((tool) => tool['function']), ...toolsOf(older)];
}

function toolsOf(tools: unknown): readonly JsonObject[] {
  return Array.isArray(tools) ? tools.filter(isJsonObject) : [];
}
