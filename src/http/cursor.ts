import { NexusError } from '../errors.ts';
import type { ConversationSummary } from '../ports/index.ts';

/** A conversation as a page goes on from it. */
type Place = Pick<ConversationSummary, 'id' | 'callerId' | 'lastAtMs'>;

/** No id of a conversation begins so. */
const MARK = '~';

/**
 * The last conversation of a page, as it was then, for the next one to go on from. Its id would not do: while a reader
 * turns pages the conversation may go on, and stand at the top then.
 */
export function cursorOf({ lastAtMs, id, callerId }: Place): string {
  return MARK + Buffer.from(JSON.stringify([lastAtMs, id, callerId])).toString('base64url');
}

/** Whether a text was made by {@link cursorOf}, or pretends so. */
export function isCursor(text: string): boolean {
  return text.startsWith(MARK);
}

/** @throws NexusError `request_invalid` */
export function placeOfCursor(text: string): Place {
  const [lastAtMs, id, callerId] = parsed(Buffer.from(text.slice(MARK.length), 'base64url').toString());
  if (typeof lastAtMs === 'number' && typeof id === 'string' && (typeof callerId === 'string' || callerId === null))
    return { lastAtMs, id, callerId };
  throw new NexusError('request_invalid', '"after" must be the "next" of a page, or the id of its last conversation.', {
    param: 'after',
  });
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
