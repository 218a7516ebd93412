import type { KeptMessage } from 'nexusai-hub/ports';
import { isJsonObject } from 'nexusai-hub/provider-kit';

/** Characters of a preview. */
const LENGTH = 200;

/** The beginning of what a user said first; where no user said anything, of the first message. `null`: no text. */
export function previewOf(messages: readonly KeptMessage[]): string | null {
  const brought = messages.filter(({ from }) => from === 'caller');
  const first = brought.find(({ role }) => role === 'user') ?? brought[0];
  if (!first) return null;
  const text = textsIn(contentOf(first.json)).join(' ').replace(/\s+/g, ' ').trim();
  // Not in the middle of a character.
  return text === '' ? null : text.slice(0, LENGTH).replace(/[\ud800-\udbff]$/, '');
}

function contentOf(json: string): unknown {
  try {
    const message: unknown = JSON.parse(json);
    return isJsonObject(message) ? message['content'] : undefined;
  } catch {
    return undefined;
  }
}

/** The texts of a content, whether it is one, or a list of parts. */
function textsIn(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown) =>
    isJsonObject(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  );
}
