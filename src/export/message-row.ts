import { isJsonObject } from '../openai/json.ts';
import type { MessageLine } from '../ports/index.ts';
import type { ExportRow, JsonText } from './export-form.ts';

/** Names of the columns of an export of conversations, in their order. */
export const MESSAGE_COLUMNS: readonly string[] = [
  'conversation_id',
  'caller',
  'position',
  'role',
  'from',
  'at',
  'model',
  'provider',
  'request_id',
  'text',
  'message',
];

/** A message as a row: its text for people, and all of it, as JSON, for programs. */
export function messageRow(line: MessageLine): ExportRow {
  return {
    conversation_id: line.conversationId,
    caller: line.callerId,
    position: line.position,
    role: line.role,
    from: line.from,
    at: new Date(line.atMs).toISOString(),
    model: line.model,
    provider: line.providerId,
    request_id: line.requestId,
    ...contentOf(line.json),
  };
}

/** A message that is no JSON goes out as the text it is: nothing is lost, and the whole stays JSON. */
function contentOf(json: string): { readonly text: string | null; readonly message: JsonText } {
  try {
    const message: unknown = JSON.parse(json);
    return { text: textOf(isJsonObject(message) ? message['content'] : message), message: { json } };
  } catch {
    return { text: json, message: { json: JSON.stringify(json) } };
  }
}

function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.flatMap((part: unknown) =>
    isJsonObject(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  );
  return texts.length > 0 ? texts.join('\n') : null;
}
