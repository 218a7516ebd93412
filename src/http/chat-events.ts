import { errorBodyOf } from '../openai/error-body.ts';
import { chunkEvent, DONE_EVENT, errorEvent } from '../openai/write-stream.ts';
import type { ChatChunk } from '../ports/index.ts';
import type { WireForm } from './sse.ts';

/** Chat as events: `[DONE]` after a complete answer, and after no other. */
export const CHAT_EVENTS: WireForm<ChatChunk> = {
  bytesOf(batch) {
    let text = '';
    for (const chunk of batch) text += chunkEvent(chunk);
    return text;
  },
  end: DONE_EVENT,
  error: (error) => errorEvent(errorBodyOf(error)),
  takesComments: true,
};
