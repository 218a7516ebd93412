import { isJsonObject } from '../openai/json.ts';
import type { KeptMessage } from '../ports/index.ts';

/** Characters of a preview. */
const PREVIEW_LENGTH = 200;
/** So much of a long text is looked at, or more where that is mostly white space. */
const LOOKED_AT = 1_024;

/** Members of a message that are words of the protocol, not of anybody. */
const NOT_SAID = new Set(['role', 'type', 'id', 'tool_call_id']);

/** The beginning of what a user said first; where no user said anything, of the first message. `null`: no text. */
export function previewOf(messages: readonly KeptMessage[]): string | null {
  const first = firstOf(messages);
  if (!first) return null;
  const message = parsed(first.json);
  const content = isJsonObject(message) ? message['content'] : undefined;
  const line = beginningOf(shownIn(content).join(' '));
  return line === '' ? null : ownCopyOf(line);
}

/** A part of a text may be kept as a place in it, and all of that text with it. */
function ownCopyOf(part: string): string {
  return Buffer.from(part, 'utf16le').toString('utf16le');
}

function firstOf(messages: readonly KeptMessage[]): KeptMessage | undefined {
  let first: KeptMessage | undefined;
  for (const message of messages) {
    if (message.from !== 'caller') continue;
    if (message.role === 'user') return message;
    first ??= message;
  }
  return first;
}

/** As a line, of which no character is cut in two. */
function beginningOf(text: string): string {
  for (let looked = LOOKED_AT; ; looked *= 2) {
    const line = text.slice(0, looked).replace(/\s+/g, ' ').trim();
    if (line.length <= 2 * PREVIEW_LENGTH && looked < text.length) continue;
    return line.length <= PREVIEW_LENGTH ? line : firstCharacters(line, PREVIEW_LENGTH);
  }
}

function firstCharacters(text: string, count: number): string {
  let end = 0;
  for (let left = count; left > 0 && end < text.length; left--) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

/** Whether somebody says this in a message, whether in small or in capital letters; names of its members do not count. */
export function isSaid(json: string, search: string): boolean {
  const wanted = search.toLowerCase();
  return textsIn(parsed(json)).some((text) => text.toLowerCase().includes(wanted));
}

/** The texts of a content, whether it is one, or a list of parts. */
function shownIn(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown) =>
    isJsonObject(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => (NOT_SAID.has(name) ? [] : textsIn(member)));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
