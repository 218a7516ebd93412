import { isJsonObject } from '../openai/json.ts';
import type { KeptMessage } from '../ports/index.ts';

/** Characters of a preview. */
const PREVIEW_LENGTH = 200;

/** Members of a message that are words of the protocol, not of anybody. */
const NOT_SAID = new Set(['role', 'type', 'id', 'tool_call_id']);

/** The beginning of what a user said first; where no user said anything, of the first message. `null`: no text. */
export function previewOf(messages: readonly KeptMessage[]): string | null {
  const brought = messages.filter(({ from }) => from === 'caller');
  const first = brought.find(({ role }) => role === 'user') ?? brought[0];
  if (!first) return null;
  const message = parsed(first.json);
  const content = isJsonObject(message) ? message['content'] : undefined;
  const text = shownIn(content).join(' ').replace(/\s+/g, ' ').trim();
  // By characters, so that none is cut in two; of a long text only the beginning is looked at.
  return text === ''
    ? null
    : Array.from(text.slice(0, 2 * PREVIEW_LENGTH))
        .slice(0, PREVIEW_LENGTH)
        .join('');
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
