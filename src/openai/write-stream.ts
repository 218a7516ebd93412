import type { ChatChunk, ErrorBody } from './types.ts';
import { wireTextOf } from './wire-text.ts';

/** The event that ends a complete stream; never sent after an error. */
export const DONE_EVENT: string = 'data: [DONE]\n\n';

/** A comment for silent streams; clients pass over it. */
export const KEEP_ALIVE: string = ': keep-alive\n\n';

/** A chunk as an event. One that carries its text leaves as that text; only a changed one is printed. */
export function chunkEvent(chunk: ChatChunk): string {
  const text = wireTextOf(chunk);
  return typeof text === 'string' && isOneLine(text) ? `data: ${text}\n\n` : `data: ${JSON.stringify(chunk)}\n\n`;
}

/** An error inside a stream that has begun. SDKs raise it as their own error; the stream ends after it. */
export function errorEvent(body: ErrorBody): string {
  return `data: ${JSON.stringify(body)}\n\n`;
}

/** JSON that came in several `data` lines would need as many again. */
function isOneLine(text: string): boolean {
  return !text.includes('\n') && !text.includes('\r');
}
