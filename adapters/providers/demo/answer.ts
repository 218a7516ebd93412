import { createHash } from 'node:crypto';

import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { isJsonObject, jsonBytesOf, NexusError } from 'nexusai-hub/provider-kit';

import { sampleOf } from './sample.ts';

/** What the demo says to a request: words, or the call of a tool. */
export type DemoAnswer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly arguments: string };

/** Longest quotation of the caller's words, in characters. */
const MAX_QUOTE = 200;
/** Longest answer that is made of a schema: every choice repeats it. */
const MAX_SAMPLE_LENGTH = 10_000;

/**
 * The same request always gets the same answer; `place` tells the choices of `n` apart. What they share is worked out
 * once: a request may be megabytes long.
 * @throws NexusError `provider_rejected` for a schema that would make a very long answer.
 */
export function answering(request: ChatRequest): (place: number) => DemoAnswer {
  const tool = forcedTool(request);
  if (tool) {
    const { name } = tool;
    const id = `call_demo_${fingerprint(request).slice(0, 16)}`;
    const sample = sampleText(tool.parameters, 'tools', name.length);
    return (place) => ({ kind: 'call', id: `${id}${place === 0 ? '' : place}`, name, arguments: sample });
  }
  const format = request.response_format;
  if (!isJsonObject(format)) return inWords(request);
  if (format['type'] === 'json_object') return () => ({ kind: 'text', text: '{"demo":"No model was asked."}' });
  if (format['type'] !== 'json_schema' || !isJsonObject(format['json_schema'])) return inWords(request);
  const text = sampleText(format['json_schema']['schema'], 'response_format');
  return () => ({ kind: 'text', text });
}

/**
 * A short hash of what was asked; whether the answer is streamed makes no difference.
 * @throws NexusError `request_invalid` for a request that cannot be written as JSON.
 */
export function fingerprint({ stream: _stream, stream_options: _options, ...asked }: ChatRequest): string {
  return createHash('sha256').update(jsonBytesOf(asked)).digest('hex').slice(0, 24);
}

/** The text in a message, whatever form its content has. */
export function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
}

function inWords(request: ChatRequest): (place: number) => DemoAnswer {
  const { messages, n } = request;
  const last = messages.findLast((message) => message.role === 'user');
  const said = last ? textOf(last).trim() : '';
  // A character is two units at the most: no more of a long text is taken apart.
  const letters = Array.from(said.slice(0, MAX_QUOTE * 2 + 2));
  const quote = letters.length > MAX_QUOTE ? `${letters.slice(0, MAX_QUOTE).join('')}…` : said;
  const isChinese = /\p{Script=Han}/u.test(said);
  return (place) => ({ kind: 'text', text: wordsFor(request, quote, isChinese, place, n ?? 1) });
}

function wordsFor(
  { model, messages }: ChatRequest,
  quote: string,
  isChinese: boolean,
  place: number,
  many: number,
): string {
  if (isChinese) {
    const number = many > 1 ? `（第 ${place + 1} 个回答，共 ${many} 个）` : '';
    return `【演示】这是 NexusAI Hub 内置的演示回答${number}，没有调用任何模型。请求的模型是“${model}”，共 ${messages.length} 条消息，您最后说的是：“${quote}”。配置真实的模型服务后，这里就是它的回答。`;
  }
  const number = many > 1 ? ` (answer ${place + 1} of ${many})` : '';
  const heard = quote === '' ? 'none of them from a user' : `the last one saying: "${quote}"`;
  const count = messages.length === 1 ? '1 message' : `${messages.length} messages`;
  return `[demo] This is the built-in demo of NexusAI Hub${number}; no model was asked. The request named the model "${model}" and held ${count}, ${heard}. Configure a real provider and its answer will stand here.`;
}

interface ForcedTool {
  readonly name: string;
  readonly parameters: unknown;
}

/** The tool that `tool_choice` leaves no way around. */
function forcedTool({ tools, tool_choice: choice }: ChatRequest): ForcedTool | undefined {
  const named = isJsonObject(choice) && isJsonObject(choice['function']) ? choice['function']['name'] : undefined;
  if (choice !== 'required' && named === undefined) return undefined;
  for (const tool of tools ?? []) {
    if (tool.type !== 'function') continue;
    if (named === undefined || tool.function.name === named) {
      return { name: tool.function.name, parameters: tool.function.parameters };
    }
  }
  return undefined;
}

/** A value that fits a schema, as JSON. */
function sampleText(schema: unknown, param: string, more = 0): string {
  const text = JSON.stringify(sampleOf(schema));
  if (text.length + more <= MAX_SAMPLE_LENGTH) return text;
  const message = `The demo fills in a schema with at most ${MAX_SAMPLE_LENGTH} characters; give a smaller one.`;
  throw new NexusError('provider_rejected', message, { param });
}
