import { createHash } from 'node:crypto';

import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { isJsonObject } from 'nexusai-hub/provider-kit';

import { sampleOf } from './sample.ts';

/** What the demo says to a request: words, or the call of a tool. */
export type DemoAnswer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly arguments: string };

/** Longest quotation of the caller's words, in characters. */
const MAX_QUOTE = 200;

/** The same request always gets the same answer; `place` tells the choices of `n` apart. */
export function answerTo(request: ChatRequest, place: number): DemoAnswer {
  const tool = forcedTool(request);
  if (tool) {
    const id = `call_demo_${fingerprint(request).slice(0, 16)}${place === 0 ? '' : place}`;
    return { kind: 'call', id, name: tool.name, arguments: JSON.stringify(sampleOf(tool.parameters)) };
  }
  const structured = structuredAnswer(request.response_format);
  if (structured !== undefined) return { kind: 'text', text: JSON.stringify(structured) };
  return { kind: 'text', text: wordsFor(request, place) };
}

/** A short hash of what was asked; whether the answer is streamed makes no difference. */
export function fingerprint({ stream: _stream, stream_options: _options, ...asked }: ChatRequest): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 24);
}

/** The text in a message, whatever form its content has. */
export function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
}

function wordsFor(request: ChatRequest, place: number): string {
  const { model, messages, n } = request;
  const last = messages.findLast((message) => message.role === 'user');
  const said = last ? textOf(last).trim() : '';
  const letters = Array.from(said);
  const quote = letters.length > MAX_QUOTE ? `${letters.slice(0, MAX_QUOTE).join('')}…` : said;
  const many = n ?? 1;
  if (/\p{Script=Han}/u.test(said)) {
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

/** An answer in the form that `response_format` asks for. */
function structuredAnswer(format: unknown): unknown {
  if (!isJsonObject(format)) return undefined;
  if (format['type'] === 'json_object') return { demo: 'No model was asked.' };
  if (format['type'] !== 'json_schema' || !isJsonObject(format['json_schema'])) return undefined;
  return sampleOf(format['json_schema']['schema']);
}
