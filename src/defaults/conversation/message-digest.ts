import type { ChatMessage, ContentPart, ToolCall } from '../../openai/types.ts';
import type { TextDigests } from './text-digest.ts';
import { addressDigestOf, digestOf } from './text-digest.ts';

/** What a message comes to, for comparing conversations. */
export interface MessageDigest {
  readonly speaker: 'user' | 'assistant' | 'tool';
  /** Of all that was said: text, calls of tools, pictures and files. */
  readonly whole: string;
  /** Of the text alone. Absent: there is none, or it belongs to work with tools, which clients leave out later. */
  readonly text: string | undefined;
  /** Bytes of the text in UTF-8; of a long one, at least so many. */
  readonly bytes: number;
}

/** The most that is asked of the bytes of a text: of one with more characters they are not counted, which takes long. */
export const MOST_ASKED_BYTES = 200;
const NOTHING: readonly string[] = [];
/** What models say to themselves, where it stands before the answer; clients cut it off. */
const THINKING = /^\s*<think(?:ing)?>[^]*?<\/think(?:ing)?>/;

/** Instructions are no part of what was said. */
export function isInstruction({ role }: ChatMessage): boolean {
  return role === 'system' || role === 'developer';
}

/** The digest of a message; `undefined` for instructions. */
export function messageDigestOf(message: ChatMessage, digests: TextDigests): MessageDigest | undefined {
  switch (message.role) {
    case 'system':
    case 'developer':
      return undefined;
    case 'tool':
    case 'function':
      return { speaker: 'tool', whole: digests.plain('tool', textOf(message.content)), text: undefined, bytes: 0 };
    case 'user':
      return digestOfParts('user', textOf(message.content), attachmentsOf(message.content), digests);
    case 'assistant': {
      const said = withoutThinking(textOf(message.content)) + (message.refusal ?? '');
      const attachments = attachmentsOf(message.content);
      const calls = callsOf(message);
      if (calls.length === 0) return digestOfParts('assistant', said, attachments, digests);
      return { ...digestOfParts('assistant', said, [...attachments, ...calls], digests), text: undefined };
    }
  }
}

/** Instructions as one text; clients split and join them. */
export function instructionsOf(messages: readonly ChatMessage[]): string {
  let text = '';
  for (const message of messages) if (isInstruction(message)) text += textOf(message.content);
  return text;
}

function digestOfParts(
  speaker: 'user' | 'assistant',
  said: string,
  more: readonly string[],
  digests: TextDigests,
): MessageDigest {
  const text = said === '' && more.length > 0 ? undefined : digests.plain(speaker, said);
  const whole = more.length === 0 && text !== undefined ? text : digestOf([text ?? speaker, ...more].join('\n'));
  return { speaker, whole, text, bytes: said.length > MOST_ASKED_BYTES ? said.length : Buffer.byteLength(said) };
}

/** As one text or as parts, it is the same that was said. */
function textOf(content: string | readonly ContentPart[] | null | undefined): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of content ?? []) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'refusal') text += part.refusal;
  }
  return text;
}

/** What a message holds beside text, each as a digest. Parts of other kinds are compared by what they are. */
function attachmentsOf(content: string | readonly ContentPart[] | null | undefined): readonly string[] {
  if (typeof content === 'string' || !content) return NOTHING;
  const digests: string[] = [];
  for (const part of content) {
    const address = addressOf(part);
    if (address !== undefined) digests.push(addressDigestOf(address));
  }
  return digests;
}

function addressOf(part: ContentPart): string | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return undefined;
    case 'image_url': {
      // Some providers take the address in place of the object.
      const image: string | { url: string } = part.image_url;
      return typeof image === 'string' ? image : image.url;
    }
    case 'input_audio':
      return part.input_audio.data;
    case 'file':
      return part.file.file_id ?? part.file.file_data ?? part.file.filename ?? '';
    default:
      // Kinds that this version does not know.
      return JSON.stringify(part);
  }
}

function callsOf({
  tool_calls: calls,
  function_call: called,
}: Extract<ChatMessage, { role: 'assistant' }>): readonly string[] {
  if (!calls?.length && !called) return NOTHING;
  const digests = (calls ?? []).map(callText);
  if (called) digests.push(functionText(called));
  return digests;
}

/** The name and what it is called with; ids are made anew by some clients. Providers take calls with parts missing. */
function callText(call: ToolCall | { function?: undefined; custom?: undefined }): string {
  if ('function' in call && call.function) return functionText(call.function);
  return digestOf(`${call.custom?.name ?? ''}\n${call.custom?.input ?? ''}`);
}

function functionText({ name, arguments: given }: { name?: string; arguments?: string }): string {
  return digestOf(`${name ?? ''}\n${canonical(given ?? '')}`);
}

/** Arguments as JSON prints them: some clients parse and print them on their way. */
function canonical(given: string): string {
  try {
    return JSON.stringify(JSON.parse(given));
  } catch {
    return given;
  }
}

function withoutThinking(text: string): string {
  return text.trimStart().startsWith('<think') ? text.replace(THINKING, '') : text;
}
